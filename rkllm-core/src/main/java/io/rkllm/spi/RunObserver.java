package io.rkllm.spi;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import org.jspecify.annotations.Nullable;

/**
 * Hears of a run, on whichever thread native code calls back on, one call at a time.
 *
 * <p>What these methods throw must not reach native code: the runtime catches it, hands it to
 * {@link #onCallbackFailure} and tells native code to go on. The observer then has the run aborted
 * from another thread.
 */
public interface RunObserver {

  /**
   * One generated token ({@code RKLLM_RUN_NORMAL}); the token that ends the answer too, where the
   * runtime reports it, without text.
   *
   * @param member which input of the run it follows, from 0
   * @param tokenId its id
   * @param utf8 a buffer with the token's bytes at its beginning, valid only during this call; they
   *     may end or begin inside a character
   * @param length how many bytes
   * @return whether to go on; false pauses the whole run (the callback returns 1)
   */
  boolean onToken(int member, int tokenId, byte[] utf8, int length);

  /**
   * One generated token that ends inside a character ({@code RKLLM_RUN_WAITING}); as {@link
   * #onToken}.
   *
   * @param length how many bytes; 0 where the runtime keeps them until the character is whole
   */
  default boolean onPartialToken(int member, int tokenId, byte[] utf8, int length) {
    return onToken(member, tokenId, utf8, length);
  }

  /** A member of a batch has ended; it hears of no more tokens. May come more than once. */
  void onMemberEnd(int member);

  /** The logits of all prompt tokens, in the runtime's memory, valid only during this call. */
  void onLogits(int member, Logits logits);

  /**
   * The hidden states of all prompt tokens, in the runtime's memory, valid only during this call.
   */
  void onHiddenStates(int member, HiddenStates states);

  /**
   * The run has come to its end, aborted or not, and these are the runtime's own figures ({@code
   * RKLLM_RUN_FINISH}). Missing in some modes and releases.
   *
   * @param performance the figures as they came; {@link RunPerformance#NONE} if there were none
   */
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
  void onCallbackFailure(Throwable thrown);
}
