package io.rkllm.input;

/**
 * How a family of models writes down a conversation: the SDK's own counterpart of a chat template.
 *
 * <p>A model that is loaded with a chat format gets each conversation whole, as one prompt that
 * this interface renders, and the runtime's own template is switched off. The runtime recognises
 * the part it has already processed, so a long history costs no more than its last turn; for that,
 * a conversation that grows must render to a text that grows at its end.
 *
 * <p>Text of users and tools is not to be trusted: an implementation must see to it that control
 * tokens in it are not read as such, by a rule that its documentation states. Implementations are
 * thread-safe; {@link #render} is called on the model's own thread and must not call the model.
 */
@FunctionalInterface
public interface ChatFormat {

  /** The whole conversation as a prompt that ends where the model should go on. */
  String render(Conversation conversation);

  /** {@linkplain ChatMl ChatML}, the format of Qwen and many others, without tools and thinking. */
  static ChatFormat chatMl() {
    return ChatMl.INSTANCE;
  }
}
