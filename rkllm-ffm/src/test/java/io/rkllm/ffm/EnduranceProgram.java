package io.rkllm.ffm;

import io.rkllm.RkllmModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Loads and closes many models, streams many tokens, and prints the growth of the process's
 * resident memory, in bytes, and of its number of threads during the last half of each. Forked by
 * {@link EnduranceEndToEndTest}.
 */
final class EnduranceProgram {
  private static final int RUNS = 250;
  private static final int TOKENS_PER_RUN = 4_000;

  private EnduranceProgram() {}

  /** Arguments: library, model file, number of loads. */
  public static void main(String[] args) throws IOException {
    RkllmModel.Builder builder =
        RkllmModel.builder(Path.of(args[1])).library(Path.of(args[0])).contextLength(4096);

    int loads = Integer.parseInt(args[2]);
    load(builder, Math.min(loads / 2, 1_000)); // warm-up
    stream(builder, RUNS / 2);
    int threads = threads();
    System.out.println("growth-of-loads " + load(builder, loads));
    System.out.println("growth-of-threads " + (threads() - threads));
    System.out.println("growth-of-tokens " + stream(builder, RUNS));
  }

  /** Returns the growth during the last half. */
  private static long load(RkllmModel.Builder builder, int loads) throws IOException {
    long[] resident = new long[2];
    for (int i = 0; i < loads; i++) {
      try (RkllmModel model = builder.load()) {
        model.generate("anything").text();
      }
      atHalfAndEnd(resident, i + 1, loads);
    }
    return resident[1] - resident[0];
  }

  /** Returns the growth during the last half. */
  private static long stream(RkllmModel.Builder builder, int runs) throws IOException {
    long[] resident = new long[2];
    try (RkllmModel model = builder.load()) {
      for (int i = 0; i < runs; i++) {
        int tokens =
            model.generate("count to " + TOKENS_PER_RUN).result().join().stats().generatedTokens();
        if (tokens != TOKENS_PER_RUN) {
          throw new AssertionError(tokens + " tokens came");
        }
        atHalfAndEnd(resident, i + 1, runs);
      }
    }
    return resident[1] - resident[0];
  }

  private static void atHalfAndEnd(long[] sizes, int done, int all) throws IOException {
    if (done == all / 2) {
      sizes[0] = residentBytes();
    } else if (done == all) {
      sizes[1] = residentBytes();
    }
  }

  private static int threads() throws IOException {
    String status = Files.readString(Path.of("/proc/self/status"));
    return Integer.parseInt(status.replaceAll("(?s).*Threads:\\s+(\\d+).*", "$1"));
  }

  private static long residentBytes() throws IOException {
    System.gc();
    String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ", -1);
    return Long.parseLong(pages[1]) * 4096;
  }
}
