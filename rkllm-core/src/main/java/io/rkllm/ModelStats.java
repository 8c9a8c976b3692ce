package io.rkllm;

import java.time.Duration;

/**
 * Totals of a model since it was loaded: the sums of the {@link GenerationStats} of everything that
 * has ended.
 *
 * <p>Immutable. Statistics with the same values are equal. Applications do not implement this
 * interface; methods may be added.
 */
public interface ModelStats {

  /** Returns the number of generations and forward passes that ended with a result. */
  long generations();

  /** Returns the number of those that were cancelled, or ended because the model was closed. */
  long cancelled();

  /**
   * Returns the number of generations and forward passes that failed, which are not included in the
   * other counts.
   */
  long failed();

  /** Returns the number of generated tokens. */
  long generatedTokens();

  /**
   * Returns the number of tokens generated during the decode time, which excludes the first token
   * of each generation.
   */
  long decodedTokens();

  /**
   * Returns the number of prompt tokens that were processed, without those reused from the KV
   * cache.
   */
  long prefillTokens();

  /** Returns the time spent waiting in the queue. */
  Duration queueTime();

  /** Returns the time of the prefills, measured by the runtime. */
  Duration prefillTime();

  /** Returns the time spent decoding. */
  Duration decodeTime();

  /** Returns the number of decoded tokens per second of decoding, or 0 if no time was measured. */
  default double tokensPerSecond() {
    return decodeTime().isPositive() ? decodedTokens() * 1e9 / decodeTime().toNanos() : 0;
  }
}
