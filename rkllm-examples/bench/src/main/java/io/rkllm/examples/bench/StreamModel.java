package io.rkllm.examples.bench;

import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The model of the simulator that most measures run, and what it answers to. */
public final class StreamModel {
  /** Loaded with this many positions. */
  private static final int CONTEXT = 16_384;

  private StreamModel() {}

  /** The model file. */
  public static Path path() {
    return Child.sources().resolve("models/stream.rkllm");
  }

  /** A copy in that folder of which the simulator writes down when it made its callbacks. */
  public static Path timed(Path folder, Path times) throws IOException {
    String text = Files.readString(path());
    int second = text.indexOf('\n') + 1;
    return Files.writeString(
        folder.resolve("timed.rkllm"),
        text.substring(0, second) + "times: " + times + "\n" + text.substring(second));
  }

  /** The simulator. */
  public static Path library() {
    return Simulator.library(Release.V1_3_1);
  }

  /** For the processes that are measured: the model, loaded by the SDK. */
  public static RkllmModel load(String library, String model) {
    return RkllmModel.builder(Path.of(model))
        .library(Path.of(library))
        .contextLength(CONTEXT)
        .load();
  }

  /** So many equal tokens, as fast as the machine can. */
  public static String tokens(int count) {
    return count + " tokens";
  }

  /** So many equal tokens, one every 2, 20 or 50 milliseconds; with 0, ten in a millisecond. */
  public static String tokens(int count, int everyMillis) {
    return tokens(count) + " every " + everyMillis + " ms";
  }

  /** How many tokens a prompt asks for. */
  public static int count(String prompt) {
    return Integer.parseInt(prompt.substring(0, prompt.indexOf(' ')));
  }
}
