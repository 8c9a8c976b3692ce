package io.rkllm.examples.features;

import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;

/**
 * Reads an answer token by token in a loop, which blocks until the next token is available.
 *
 * <p>Arguments: a model and its library; without them, the simulator and its demonstration model.
 */
final class IterateTokens {
  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : Simulator.demonstrationModel())
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .load()) {
      for (Token token : model.generate("Tell me a story")) {
        System.out.print(token.text());
        System.out.flush();
      }
      System.out.println();
    }
  }
}
