package io.rkllm.spi;

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
   * @param tokenId its id
   * @param utf8 a buffer with the token's bytes at its beginning, valid only during this call; they
   *     may end or begin inside a character
   * @param length how many bytes; 0 where the runtime holds back an unfinished character
   */
  void onToken(int tokenId, byte[] utf8, int length);

  /** The runtime's own figures, where it gives them ({@code RKLLM_RUN_FINISH}). */
  void onFinish(RunPerformance performance);

  /**
   * The runtime reports a failure ({@code RKLLM_RUN_ERROR}). May come more than once; the last
   * words count.
   *
   * @param message its words, or null if it has none
   */
  void onError(@Nullable String message);

  /** Something was thrown inside a callback. Throws nothing itself. */
  void onFault(Throwable thrown);
}
