package io.rkllm.chat;

/**
 * Renders conversations as prompts for a family of models; the SDK's counterpart of a chat
 * template.
 *
 * <p>If a model is loaded with a chat format, the runtime's own template is switched off, and each
 * run receives the whole conversation as one prompt rendered by this interface. The runtime
 * recognizes the part that it has already processed, so a long history costs no more than its last
 * turn, provided that the prompt of a longer conversation begins with the prompt of the shorter
 * one.
 *
 * <p>Text from users and tools is untrusted. An implementation must ensure that control tokens in
 * it are not interpreted as such, and must document the rule it follows. It need not handle the
 * tags {@code <image>}, {@code <video>} and {@code <audio>}: the SDK inserts a space after the
 * {@code <} of each in the rendered prompt, because the runtime would expect embeddings there.
 * Implementations are thread-safe. Their methods are called on the model's own thread and must not
 * call the model.
 */
@FunctionalInterface
public interface ChatFormat {

  /**
   * Returns the whole conversation as a prompt that ends where the model should continue.
   *
   * @throws IllegalArgumentException if the conversation cannot be rendered in this format, for
   *     example because it has tools and the model family does not support them
   */
  String render(Conversation conversation);

  /**
   * Converts an answer to the message that is kept in the history of a session. Formats of model
   * families with thinking or tools extract them from the text here. The default implementation
   * keeps the whole answer as text.
   *
   * <p>Because a model may write anything, an implementation should treat what it cannot parse as
   * text. If it throws or returns null, the generation fails with that as the cause and leaves no
   * trace in the history; the session remains usable.
   *
   * @param conversation the conversation that was answered
   * @param answer the text of the model, unchanged
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

  /**
   * Returns {@linkplain ChatMl ChatML}, the format of Qwen and many other models, without tools and
   * thinking.
   */
  static ChatFormat chatMl() {
    return ChatMl.INSTANCE;
  }
}
