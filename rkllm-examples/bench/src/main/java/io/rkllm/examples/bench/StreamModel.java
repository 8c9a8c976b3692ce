package io.rkllm.examples.bench;

import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The model of the simulator that most benchmarks run, and the prompts that it understands. */
public final class StreamModel {
  /** The system property of a client whose model lives in a process of its own. */
  public static final String ISOLATED = "rkllm.bench.isolated";

  /** The context length with which the model is loaded. */
  private static final int CONTEXT = 16_384;

  private StreamModel() {}

  /** Returns the model file. */
  public static Path path() {
    return Child.sources().resolve("models/stream.rkllm");
  }

  /**
   * Copies the model into a folder. For the copy, the simulator records the times of its callbacks.
   */
  public static Path timed(Path folder, Path times) throws IOException {
    String text = Files.readString(path());
    int second = text.indexOf('\n') + 1;
    return Files.writeString(
        folder.resolve("timed.rkllm"),
        text.substring(0, second) + "times: " + times + "\n" + text.substring(second));
  }

  /** Returns the library of the simulator. */
  public static Path library() {
    return Simulator.library(Release.V1_3_1);
  }

  /** Loads the model with the SDK. Called in the child process. */
  public static RkllmModel load(String library, String model) {
    RkllmModel.Builder builder =
        RkllmModel.builder(Path.of(model)).library(Path.of(library)).contextLength(CONTEXT);
    return Boolean.getBoolean(ISOLATED) ? builder.isolated().load() : builder.load();
  }

  /** Returns a prompt for the given number of equal tokens, generated as fast as possible. */
  public static String tokens(int count) {
    return count + " tokens";
  }

  /**
   * Returns a prompt for the given number of equal tokens, generated at an interval of 2, 20 or 50
   * milliseconds; for 0, ten are generated in a millisecond.
   */
  public static String tokens(int count, int everyMillis) {
    return tokens(count) + " every " + everyMillis + " ms";
  }

  /** Returns the number of tokens that a prompt requests. */
  public static int count(String prompt) {
    return Integer.parseInt(prompt.substring(0, prompt.indexOf(' ')));
  }
}
