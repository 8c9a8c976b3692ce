package io.rkllm;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Times and token counts of a generation. Values that only the runtime can measure are empty if the
 * runtime did not report them, as after a pause, or if the reported values cannot be correct. In a
 * batch they describe the whole run, and only the generations that ended last have them.
 *
 * <p>Immutable. Statistics with the same values are equal. Applications do not implement this
 * interface; methods may be added.
 */
public interface GenerationStats {

  /** Returns the time from {@code generate()} until the model started the run. */
  Duration queueTime();

  /**
   * Returns the time from the start of the run until the first token, or the whole run time if
   * there was none.
   */
  Duration timeToFirstToken();

  /** Returns the time from the start of the run until its end. */
  Duration runTime();

  /**
   * Returns the number of tokens that the runtime reported. The token that ends the answer counts
   * if the runtime reports it, as it does on boards; OpenAI and llama.cpp count it too.
   */
  int generatedTokens();

  /**
   * Returns the time spent decoding, measured by the runtime; if the runtime did not report it, the
   * time from the first token to the end of the run. The first token is not included, because it is
   * a result of the prefill.
   */
  Duration decodeTime();

  /**
   * Returns the number of tokens in the whole prompt, including its template and what was reused
   * from the KV cache: the size of the cache at the end of the run ({@code
   * rkllm_get_kv_cache_size}), less the generated tokens. In a session under the runtime's
   * template, earlier turns are included. Empty if the context was full, because the cache may then
   * have been shifted.
   */
  OptionalInt promptTokens();

  /**
   * Returns the number of prompt tokens that the runtime processed, without those reused from the
   * KV cache.
   */
  OptionalInt prefillTokens();

  /** Returns the time of the prefill, measured by the runtime. */
  Optional<Duration> prefillTime();

  /** Returns the peak resident memory of the process, in megabytes. */
  OptionalDouble memoryMegabytes();

  /**
   * Returns the number of tokens generated during {@link #decodeTime}: all but the first, which is
   * a result of the prefill.
   */
  default int decodedTokens() {
    return Math.max(0, generatedTokens() - 1);
  }

  /**
   * Returns the number of {@linkplain #decodedTokens decoded tokens} per second of decoding, or 0
   * if no time was measured.
   */
  default double tokensPerSecond() {
    return decodeTime().isPositive() ? decodedTokens() * 1e9 / decodeTime().toNanos() : 0;
  }
}
