package io.rkllm.examples.bench.start;

import io.rkllm.Generation;
import io.rkllm.RkllmModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code FirstToken LIBRARY MODEL PROMPT}: a small program that answers one question, up to its
 * first token. Prints a line when the token has arrived, and one with the peak of the resident
 * memory until then. It uses no other class of the benchmarks, so that no others are loaded.
 */
final class FirstToken {
  private FirstToken() {}

  public static void main(String[] arguments) throws IOException {
    try (RkllmModel model =
            RkllmModel.builder(Path.of(arguments[1]))
                .library(Path.of(arguments[0]))
                .contextLength(4096)
                .load();
        Generation generation = model.generate(arguments[2])) {
      System.out.println("@ " + generation.iterator().next().text().length());
      System.out.println("@ " + peakKilobytes());
    }
  }

  private static String peakKilobytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) {
        return line.replaceAll("\\D", "");
      }
    }
    return "0";
  }
}
