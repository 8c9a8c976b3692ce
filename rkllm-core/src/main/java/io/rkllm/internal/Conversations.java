package io.rkllm.internal;

import io.rkllm.GenerationOptions;
import io.rkllm.SessionOptions;
import io.rkllm.input.Input;
import io.rkllm.input.TextPrompt;

/**
 * How a model gives its prompts and conversations to the runtime: one of two ways, chosen when it
 * is loaded.
 */
sealed interface Conversations permits RuntimeTemplate, FormattedConversations {

  /**
   * A run that knows nothing of what was said before.
   *
   * @throws IllegalStateException if an open session stands in the way
   */
  Turn standAlone(Input input, GenerationOptions options);

  /**
   * The history of a new session.
   *
   * @throws IllegalStateException if an open session stands in the way
   * @throws IllegalArgumentException if an option cannot be had this way
   */
  History open(SessionOptions options);

  /** What one session remembers. */
  interface History {
    /** The next turn. It sees all turns before it, also those that still wait. */
    Turn next(TextPrompt prompt, GenerationOptions options);

    /** Turns made from now on remember nothing of those before. */
    void clear();

    /** Makes room for other sessions. */
    void close();
  }
}
