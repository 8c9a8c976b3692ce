package io.rkllm.examples.features;

import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;

/**
 * Generates a complete answer: {@code text()} blocks until the model has finished.
 *
 * <p>Arguments: a model and its library; without them, the simulator and its demonstration model.
 */
final class BlockForText {
  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : Simulator.demonstrationModel())
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .load()) {
      System.out.println(model.generate("What are you?").text());
    }
  }
}
