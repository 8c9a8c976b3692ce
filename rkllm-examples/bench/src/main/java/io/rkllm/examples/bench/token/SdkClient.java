package io.rkllm.examples.bench.token;

import io.rkllm.GenerationStats;
import io.rkllm.RkllmModel;
import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.StreamModel;
import java.nio.file.Path;

/** {@code SdkClient LIBRARY MODEL PROMPT RUNS}: into the token log, with nobody who reads it. */
final class SdkClient {
  private SdkClient() {}

  public static void main(String[] arguments) {
    try (RkllmModel model =
        RkllmModel.builder(Path.of(arguments[1]))
            .library(Path.of(arguments[0]))
            .contextLength(StreamModel.CONTEXT)
            .load()) {
      for (int run = Integer.parseInt(arguments[3]); run > 0; run--) {
        GenerationStats stats = model.generate(arguments[2]).await().stats();
        Child.print((double) stats.decodeTime().toNanos() / stats.generatedTokens());
      }
    }
  }
}
