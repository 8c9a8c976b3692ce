package io.rkllm.examples.features;

import io.rkllm.Generation;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;

/**
 * Cancels an answer before its end: closing the generation stops the run, and the NPU becomes
 * available for the next one.
 *
 * <p>Arguments: a model and its library; without them, the simulator and its demonstration model.
 */
final class CancelEarly {
  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : Simulator.demonstrationModel())
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .load()) {
      StringBuilder begun = new StringBuilder();
      try (Generation story = model.generate("Tell me a story")) {
        for (Token token : story) {
          begun.append(token.text());
          if (begun.indexOf(".") >= 0) {
            break; // one sentence is enough
          }
        }
      }
      System.out.println(begun);
      System.out.println(model.generate("What are you?").text());
    }
  }
}
