package io.rkllm;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How long a generation took and what it processed. What only the runtime can measure is empty
 * where it gave no figures, as after a pause, or figures that cannot be true. In a batch they are
 * of the whole run, and only the generations that ended last have them.
 *
 * @param queueTime from {@code generate()} until the model began with it
 * @param timeToFirstToken from when the model began until the first token; the whole run where none
 *     came
 * @param runTime from when the model began until the run ended
 * @param generatedTokens tokens that the runtime called back with. The token that ends the answer
 *     counts where the runtime reports it, as boards do, and as it does in the usage of OpenAI and
 *     llama.cpp
 * @param decodeTime time of the decoding by the runtime's clock, or from the first token to the end
 *     of the run where it gave no figures; without the first token, which comes out of the prefill
 * @param promptTokens tokens of the whole prompt, with its template and what was reused from the KV
 *     cache: what the cache held when the run had ended ({@code rkllm_get_kv_cache_size}) without
 *     what was generated. In a session under the runtime's template, earlier turns included. Empty
 *     where the context was full and may have shifted, so that the cache does not tell it any more
 * @param prefillTokens prompt tokens that the runtime processed, without those it reused from the
 *     KV cache
 * @param prefillTime time of the prefill by the runtime's clock
 * @param memoryMegabytes peak resident memory of the process
 */
public record GenerationStats(
    Duration queueTime,
    Duration timeToFirstToken,
    Duration runTime,
    int generatedTokens,
    Duration decodeTime,
    OptionalInt promptTokens,
    OptionalInt prefillTokens,
    Optional<Duration> prefillTime,
    OptionalDouble memoryMegabytes) {

  /**
   * Tokens that {@link #decodeTime} was spent on: all but the first, which comes out of the
   * prefill.
   */
  public int decodedTokens() {
    return Math.max(0, generatedTokens - 1);
  }

  /**
   * {@linkplain #decodedTokens Decoded tokens} a second of decoding; 0 where no time was measured.
   */
  public double tokensPerSecond() {
    return decodeTime.isPositive() ? decodedTokens() * 1e9 / decodeTime.toNanos() : 0;
  }
}
