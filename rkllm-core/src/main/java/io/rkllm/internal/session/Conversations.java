package io.rkllm.internal.session;

import io.rkllm.SessionOptions;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.input.Input;
import io.rkllm.internal.run.Turn;
import io.rkllm.tokenizer.ModelTokenizer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The way in which a model's prompts and conversations are passed to the runtime: with the
 * runtime's own template ({@code RuntimeTemplate}) or a chat format ({@code
 * FormattedConversations}), as chosen when the model is loaded.
 */
public interface Conversations {

  /**
   * Returns a run that is independent of earlier ones.
   *
   * @throws IllegalStateException if an open session prevents it
   */
  Turn standalone(Input input);

  /**
   * Returns a run of a complete conversation, independent of earlier runs.
   *
   * @throws IllegalArgumentException if this is not supported
   */
  Turn standalone(Conversation conversation);

  /**
   * Returns a forward pass over an input, to which no chat format is applied.
   *
   * @throws IllegalArgumentException if the input needs a chat format
   */
  Turn forwardPass(Input input);

  /**
   * Returns the number of tokens in the prompt of a conversation; empty without a tokenizer.
   *
   * @throws IllegalArgumentException if conversations are not supported
   */
  OptionalInt countTokens(Conversation conversation, Optional<ModelTokenizer> tokenizer);

  /**
   * Returns the history of a new session.
   *
   * @throws IllegalStateException if an open session prevents it
   * @throws IllegalArgumentException if an option is not supported
   */
  History open(SessionOptions options);

  /**
   * Rejects a call that clears the KV cache if it would lose the history of a session.
   *
   * @param call the name of the call
   * @throws IllegalStateException if there is such a session
   */
  void refuseCacheLoss(String call);

  /**
   * Rejects a call that applies to the runtime's own template if that is not used.
   *
   * @param call the name of the call
   * @throws IllegalStateException if the template is not used
   */
  void refuseWithoutTemplate(String call);

  /** The history of a session. */
  interface History {
    /**
     * Returns the next turn. It builds on all turns before it, including those that are still
     * waiting.
     *
     * @throws IllegalArgumentException if the history cannot contain such an input
     */
    Turn next(Input input);

    /**
     * Returns the next turn, which consists of messages and tools; otherwise as {@link
     * #next(Input)}.
     */
    Turn next(Conversation added);

    /**
     * Returns the messages so far, without the system prompt.
     *
     * @throws IllegalStateException if the runtime does not expose the history
     */
    List<ChatMessage> messages();

    /** Clears the history for turns created from now on. */
    void clear();

    /** Allows other sessions to be opened. */
    void close();
  }
}
