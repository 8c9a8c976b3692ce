package io.rkllm.examples.bench.token;

import io.rkllm.GenerationStats;
import io.rkllm.RkllmModel;
import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.StreamModel;

/**
 * {@code SdkClient LIBRARY MODEL PROMPT RUNS}: measures the delivery to the token log, without
 * readers.
 */
final class SdkClient {
  private SdkClient() {}

  public static void main(String[] arguments) {
    try (RkllmModel model = StreamModel.load(arguments[0], arguments[1])) {
      for (int run = Integer.parseInt(arguments[3]); run > 0; run--) {
        GenerationStats stats = model.generate(arguments[2]).await().stats();
        Child.print((double) stats.decodeTime().toNanos() / stats.generatedTokens());
      }
    }
  }
}
