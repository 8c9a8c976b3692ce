package io.rkllm;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.input.Input;
import io.rkllm.input.TextPrompt;
import java.util.List;

/**
 * A conversation, in which each turn builds on the ones before. Turns run one after the other, in
 * the order of the calls. A turn may be requested while an earlier one is still running.
 *
 * <p>How the history is kept depends on how the model was loaded; see {@link
 * RkllmModel.Builder#chatFormat}. With a chat format, a turn that fails leaves no trace in the
 * history. With the runtime's own template it is undocumented what a failed turn leaves behind, so
 * call {@link #clear} after a failure.
 *
 * <p>Thread-safe. Closing a session cancels its unfinished turns and discards the history.
 * Applications do not implement this interface; methods may be added.
 */
public interface InferenceSession extends AutoCloseable {

  /**
   * Starts the next turn. Does not block.
   *
   * @throws IllegalArgumentException if the text is empty, or contains a NUL character or an
   *     unpaired surrogate
   * @throws ModelClosedException if the model is closed
   * @throws IllegalStateException if the session is closed
   * @throws ModelBusyException if the model's queue is full
   */
  default Generation generate(String text) {
    return generate(TextPrompt.of(text), GenerationOptions.defaults());
  }

  /** Starts the next turn with options; otherwise as {@link #generate(String)}. */
  default Generation generate(String text, GenerationOptions options) {
    return generate(TextPrompt.of(text), options);
  }

  /** Starts the next turn; as {@link #generate(Input, GenerationOptions)} with default options. */
  default Generation generate(Input input) {
    return generate(input, GenerationOptions.defaults());
  }

  /**
   * Starts the next turn; as {@link #generate(String)}. With a chat format, the input must be a
   * {@link TextPrompt}; with the runtime's template, it can be of any type.
   *
   * @throws IllegalArgumentException if the session does not accept the input or one of the options
   * @throws UnsupportedFeatureException if an option requires another runtime release
   */
  Generation generate(Input input, GenerationOptions options);

  /**
   * Starts the next turn with messages that continue the conversation, such as the results of tool
   * calls, and with the tools that the model may call in this turn. Otherwise as {@link
   * #generate(String)}.
   *
   * @throws IllegalArgumentException if the model was loaded without a chat format
   */
  Generation generate(Conversation added, GenerationOptions options);

  /**
   * Returns the messages of all completed turns that are kept, oldest first, without the system
   * prompt. To reopen the conversation later, save them and pass them to {@link
   * SessionOptions.Builder#history}. Does not block, and may be called after {@link #close}.
   *
   * @throws IllegalStateException if the model was loaded without a chat format, in which case the
   *     runtime does not expose the history it keeps
   */
  List<ChatMessage> history();

  /**
   * Clears the history. The session remains open. Turns that were requested before keep the history
   * they started with. Does not block.
   */
  void clear();

  /**
   * Cancels the unfinished turns and discards the history. Has no effect if the session is already
   * closed. Does not block.
   */
  @Override
  void close();
}
