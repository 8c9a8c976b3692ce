package io.rkllm;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.input.Input;
import io.rkllm.input.TextPrompt;
import java.util.List;

/**
 * A conversation: each turn knows what was said before. Turns run one after the other, in the order
 * of the calls; a turn may be asked for while the one before it still runs.
 *
 * <p>How the history is kept depends on how the model was loaded: see {@link
 * RkllmModel.Builder#chatFormat}. A turn that failed leaves no trace under a chat format; under the
 * runtime's own template its trace is not documented, so {@link #clear} is in order.
 *
 * <p>Thread-safe. Closing cancels the turns that have not ended and forgets the conversation.
 * Applications do not implement it; methods may be added.
 */
public interface InferenceSession extends AutoCloseable {

  /**
   * The next turn. Does not block.
   *
   * @throws IllegalArgumentException if the text is empty, or has a NUL character or a lone
   *     surrogate
   * @throws IllegalStateException if the session or its model is closed
   * @throws ModelBusyException if the model's queue is full
   */
  default Generation generate(String text) {
    return generate(TextPrompt.of(text), GenerationOptions.defaults());
  }

  /** The next turn, by these options; as {@link #generate(String)}. */
  default Generation generate(String text, GenerationOptions options) {
    return generate(TextPrompt.of(text), options);
  }

  /** The next turn; as {@link #generate(Input, GenerationOptions)}. */
  default Generation generate(Input input) {
    return generate(input, GenerationOptions.defaults());
  }

  /**
   * The next turn; as {@link #generate(String)}. Under a chat format it must be a {@link
   * TextPrompt}; under the runtime's template any input will do.
   *
   * @throws IllegalArgumentException if the session cannot take such an input or option
   * @throws UnsupportedFeatureException if an option needs another release of the runtime
   */
  Generation generate(Input input, GenerationOptions options);

  /**
   * The next turn, of messages that follow what was said before, such as the results of tool calls;
   * with the tools that the model may call in this turn. As {@link #generate(String)}.
   *
   * @throws IllegalArgumentException if the model was loaded without a chat format
   */
  Generation generate(Conversation added, GenerationOptions options);

  /**
   * Returns what was said so far, oldest first, without the system prompt: the messages of all
   * turns that have ended and are kept. Save them to open the conversation again later, by {@link
   * SessionOptions.Builder#history}. Does not block; also after {@link #close}.
   *
   * @throws IllegalStateException if the model was loaded without a chat format: the runtime then
   *     keeps the history to itself
   */
  List<ChatMessage> history();

  /**
   * Forgets what was said; the session goes on. Turns asked for before keep their history. Does not
   * block.
   */
  void clear();

  /**
   * Cancels the turns that have not ended and forgets the conversation. Harmless when called again.
   * Does not block.
   */
  @Override
  void close();
}
