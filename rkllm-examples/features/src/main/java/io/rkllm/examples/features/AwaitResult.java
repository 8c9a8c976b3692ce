package io.rkllm.examples.features;

import io.rkllm.GenerationResult;
import io.rkllm.GenerationStats;
import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * Returns the answer as a future, which completes with the text and statistics without blocking
 * this thread.
 *
 * <p>Arguments: a model and its library; without them, the simulator and its demonstration model.
 */
final class AwaitResult {
  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : Simulator.demonstrationModel())
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .load()) {
      CompletableFuture<Void> printed =
          model.generate("What are you?").result().thenAccept(AwaitResult::print);
      System.out.println("Asked; this thread could do something else now.");
      printed.join(); // closing the model would stop the answer
    }
  }

  private static void print(GenerationResult result) {
    GenerationStats stats = result.stats();
    System.out.println(result.text());
    System.out.printf(
        "%s after %d tokens: the first came after %d ms, then %.1f a second%n",
        result.finishReason(),
        stats.generatedTokens(),
        stats.timeToFirstToken().toMillis(),
        stats.tokensPerSecond());
  }
}
