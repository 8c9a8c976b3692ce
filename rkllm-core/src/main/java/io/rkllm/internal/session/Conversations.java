package io.rkllm.internal.session;

import io.rkllm.SessionOptions;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.input.Input;
import io.rkllm.internal.run.Turn;
import java.util.List;

/**
 * How a model gives its prompts and conversations to the runtime: by the runtime's own template
 * ({@code RuntimeTemplate}) or by a chat format ({@code FormattedConversations}), chosen when it is
 * loaded.
 */
public interface Conversations {

  /**
   * A run that knows nothing of what was said before.
   *
   * @throws IllegalStateException if an open session stands in the way
   */
  Turn standalone(Input input);

  /**
   * A run of a whole conversation, which knows nothing else.
   *
   * @throws IllegalArgumentException if it cannot be had this way
   */
  Turn standalone(Conversation conversation);

  /**
   * The history of a new session.
   *
   * @throws IllegalStateException if an open session stands in the way
   * @throws IllegalArgumentException if an option cannot be had this way
   */
  History open(SessionOptions options);

  /**
   * Refuses what empties the KV cache where that would take a session's history away.
   *
   * @param call what was called
   * @throws IllegalStateException if there is such a session
   */
  void refuseCacheLoss(String call);

  /**
   * Refuses what is about the runtime's own template where that is not used.
   *
   * @param call what was called
   * @throws IllegalStateException if it is not used
   */
  void refuseWithoutTemplate(String call);

  /** What one session remembers. */
  interface History {
    /**
     * The next turn. It sees all turns before it, also those that still wait.
     *
     * @throws IllegalArgumentException if such an input cannot be part of it
     */
    Turn next(Input input);

    /** The next turn, of messages and tools; as {@link #next(Input)}. */
    Turn next(Conversation added);

    /**
     * Returns what was said so far, without the system prompt.
     *
     * @throws IllegalStateException if the runtime keeps it to itself
     */
    List<ChatMessage> messages();

    /** Turns made from now on remember nothing of those before. */
    void clear();

    /** Makes room for other sessions. */
    void close();
  }
}
