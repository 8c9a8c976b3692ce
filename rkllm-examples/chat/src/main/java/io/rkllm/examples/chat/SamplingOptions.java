package io.rkllm.examples.chat;

import io.rkllm.Sampling;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of the command line for sampling. */
public final class SamplingOptions {
  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "0 always takes the likeliest token, 1 is as trained.")
  @Nullable Float temperature;

  @Option(names = "--top-k", paramLabel = "N", description = "Consider the N likeliest tokens.")
  @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Consider the likeliest tokens up to this probability.")
  @Nullable Float topP;

  @Option(
      names = "--repeat-penalty",
      paramLabel = "X",
      description = "Above 1: shun what was said already.")
  @Nullable Float repeatPenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      description = "Shun tokens the more, the more often they came.")
  @Nullable Float frequencyPenalty;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      description = "Shun tokens that came at all.")
  @Nullable Float presencePenalty;

  /**
   * Returns the sampling parameters that the options set.
   *
   * @throws IllegalArgumentException if a value is out of range
   */
  public Sampling sampling() {
    Sampling.Builder sampling = Sampling.builder();
    if (temperature != null) {
      sampling.temperature(temperature);
    }
    if (topK != null) {
      sampling.topK(topK);
    }
    if (topP != null) {
      sampling.topP(topP);
    }
    if (repeatPenalty != null) {
      sampling.repeatPenalty(repeatPenalty);
    }
    if (frequencyPenalty != null) {
      sampling.frequencyPenalty(frequencyPenalty);
    }
    if (presencePenalty != null) {
      sampling.presencePenalty(presencePenalty);
    }
    return sampling.build();
  }
}
