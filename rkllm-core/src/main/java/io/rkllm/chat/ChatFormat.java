package io.rkllm.chat;

/**
 * How a family of models writes down a conversation: the SDK's own counterpart of a chat template.
 *
 * <p>A model that is loaded with a chat format gets each conversation whole, as one prompt that
 * this interface renders, and the runtime's own template is switched off. The runtime recognises
 * the part it has already processed, so a long history costs no more than its last turn; for that,
 * a conversation that grows must render to a text that grows at its end.
 *
 * <p>Text of users and tools is not to be trusted: an implementation must see to it that control
 * tokens in it are not read as such, by a rule that its documentation states. The tags {@code
 * <image>}, {@code <video>} and {@code <audio>} are none of its concern: in the rendered text they
 * get a space after the {@code <}, since the runtime would look for embeddings. Implementations are
 * thread-safe; their methods are called on the model's own thread and must not call the model.
 */
@FunctionalInterface
public interface ChatFormat {

  /**
   * The whole conversation as a prompt that ends where the model should go on.
   *
   * @throws IllegalArgumentException if the format has no way to write it down, such as tools in a
   *     family that knows none
   */
  String render(Conversation conversation);

  /**
   * How an answer is kept in the history of a session. Formats of families with tools take thinking
   * and tool calls out of the text here; without an own implementation, all of it is text.
   *
   * <p>Models write anything, so an implementation should take what it cannot read as text. If it
   * throws or gives null, that generation fails with it as the cause and leaves no trace in the
   * history; the session goes on.
   *
   * @param conversation what was answered
   * @param answer the text of the model, as it came
   */
  default ChatMessage.Assistant read(Conversation conversation, String answer) {
    return new ChatMessage.Assistant(answer);
  }

  /**
   * Returns whether prompts already begin with what the model wants at the beginning of a sequence,
   * such as {@code <bos>}. By default they do not: whatever turns a prompt into token ids adds it,
   * which is the runtime's tokenizer, or {@link io.rkllm.tokenizer.ModelTokenizer#encodePrompt}.
   *
   * @since 0.1.0
   */
  default boolean writesBeginToken() {
    return false;
  }

  /** {@linkplain ChatMl ChatML}, the format of Qwen and many others, without tools and thinking. */
  static ChatFormat chatMl() {
    return ChatMl.INSTANCE;
  }
}
