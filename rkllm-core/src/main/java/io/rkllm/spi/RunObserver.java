package io.rkllm.spi;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import org.jspecify.annotations.Nullable;

/**
 * Hears of a run, on whichever thread native code calls back on, one call at a time.
 *
 * <p>What these methods throw must not reach native code: the runtime catches it, hands it to
 * {@link #onFault} and tells native code to go on. The observer then has the run aborted from
 * another thread.
 */
public interface RunObserver {

  /**
   * One generated token.
   *
   * @param member which input of the run it follows, from 0
   * @param tokenId its id
   * @param utf8 a buffer with the token's bytes at its beginning, valid only during this call; they
   *     may end or begin inside a character
   * @param length how many bytes; 0 where the runtime holds back an unfinished character
   * @return whether to go on; false pauses the whole run (the callback returns 1)
   */
  boolean onToken(int member, int tokenId, byte[] utf8, int length);

  /** A member of a batch has ended; it hears of no more tokens. May come more than once. */
  void onMemberEnd(int member);

  /** The logits of all prompt tokens, in the runtime's memory, valid only during this call. */
  void onLogits(int member, Logits logits);

  /**
   * The hidden states of all prompt tokens, in the runtime's memory, valid only during this call.
   */
  void onHiddenStates(int member, HiddenStates states);

  /** The runtime's own figures, where it gives them ({@code RKLLM_RUN_FINISH}). */
  void onFinish(RunPerformance performance);

  /**
   * The runtime reports a failure ({@code RKLLM_RUN_ERROR}). May come more than once; the last
   * words count.
   *
   * @param message its words, or null if it has none
   */
  void onError(@Nullable String message);

  /**
   * Something was thrown inside a callback: by this observer, or by the model's tokenizer or
   * embedding lookup. Throws nothing itself.
   */
  void onFault(Throwable thrown);
}
