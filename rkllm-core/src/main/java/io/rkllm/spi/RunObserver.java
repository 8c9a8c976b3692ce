package io.rkllm.spi;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import org.jspecify.annotations.Nullable;

/**
 * Receives the events of a run, one at a time, on the thread that native code calls back on.
 *
 * <p>Exceptions thrown by these methods must not reach native code. The runtime catches them,
 * passes them to {@link #onCallbackFailure} and tells native code to continue; the observer then
 * has the run aborted from another thread.
 */
public interface RunObserver {

  /**
   * Called for each generated token ({@code RKLLM_RUN_NORMAL}), including, without text, the token
   * that ends the answer, if the runtime reports it.
   *
   * @param member the input of the run that the token belongs to, counted from 0
   * @param tokenId the token's id
   * @param utf8 a buffer that begins with the token's bytes, valid only during the call; the bytes
   *     may begin or end inside a character
   * @param length the number of bytes
   * @return whether to continue; false pauses the whole run (the callback returns 1)
   */
  boolean onToken(int member, int tokenId, byte[] utf8, int length);

  /**
   * Called for each generated token that ends inside a character ({@code RKLLM_RUN_WAITING});
   * otherwise as {@link #onToken}.
   *
   * @param length the number of bytes; 0 if the runtime keeps them until the character is complete
   */
  default boolean onPartialToken(int member, int tokenId, byte[] utf8, int length) {
    return onToken(member, tokenId, utf8, length);
  }

  /**
   * Called when an input of a batch has ended; no further tokens are reported for it. May be called
   * more than once.
   */
  void onMemberEnd(int member);

  /**
   * Called with the logits of all prompt tokens, in the runtime's memory. They are valid only
   * during the call.
   */
  void onLogits(int member, Logits logits);

  /**
   * Called with the hidden states of all prompt tokens, in the runtime's memory. They are valid
   * only during the call.
   */
  void onHiddenStates(int member, HiddenStates states);

  /**
   * Called when the run has ended, normally or by an abort ({@code RKLLM_RUN_FINISH}). Not called
   * in some modes and releases.
   *
   * @param performance the runtime's measurements, unchanged; {@link RunPerformance#NONE} if there
   *     were none
   */
  void onFinish(RunPerformance performance);

  /**
   * Called when the runtime reports a failure ({@code RKLLM_RUN_ERROR}). May be called more than
   * once; the last message counts.
   *
   * @param message the error message, or null if there is none
   */
  void onError(@Nullable String message);

  /**
   * Called when this observer, or the model's tokenizer or embedding lookup, has thrown an
   * exception inside a callback. Must not throw.
   */
  void onCallbackFailure(Throwable thrown);
}
