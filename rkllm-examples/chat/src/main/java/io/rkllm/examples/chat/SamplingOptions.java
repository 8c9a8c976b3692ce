package io.rkllm.examples.chat;

import io.rkllm.Sampling;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of the command line for sampling. */
public final class SamplingOptions {
  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "The sampling temperature; 0 always chooses the most likely token.")
  @Nullable Float temperature;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description = "Choose from the N most likely tokens.")
  @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Choose from the most likely tokens up to this total probability.")
  @Nullable Float topP;

  @Option(
      names = "--repeat-penalty",
      paramLabel = "X",
      description = "The penalty for repeated tokens; 1 is none.")
  @Nullable Float repeatPenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      description = "The penalty for tokens, in proportion to how often they occurred.")
  @Nullable Float frequencyPenalty;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      description = "The penalty for tokens that have occurred.")
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
