package io.rkllm.examples.bench;

import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;

/** The model of the simulator that most measures run, and what it answers to. */
public final class StreamModel {
  /** Loaded with this many positions. */
  public static final int CONTEXT = 16_384;

  private StreamModel() {}

  /** The model file. */
  public static Path path() {
    return Child.sources().resolve("models/stream.rkllm");
  }

  /** The simulator. */
  public static Path library() {
    return Simulator.library(Release.V1_3);
  }

  /** So many equal tokens, as fast as the machine can. */
  public static String tokens(int count) {
    return count + " tokens";
  }

  /** So many equal tokens, one every two milliseconds. */
  public static String pacedTokens(int count) {
    return count + " tokens, two milliseconds each";
  }

  /** How many tokens a prompt asks for. */
  public static int count(String prompt) {
    return Integer.parseInt(prompt.substring(0, prompt.indexOf(' ')));
  }
}
