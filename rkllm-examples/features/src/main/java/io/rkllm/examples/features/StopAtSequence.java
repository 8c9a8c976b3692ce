package io.rkllm.examples.features;

import io.rkllm.GenerationOptions;
import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;

/**
 * Ends an answer at a stop sequence, even if it consists of several tokens. The sequence is not
 * printed, and the NPU becomes available immediately.
 *
 * <p>Arguments: a model and its library; without them, the simulator and its demonstration model.
 */
final class StopAtSequence {
  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : Simulator.demonstrationModel())
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .load()) {
      GenerationOptions upToSix = GenerationOptions.builder().stopSequences(" 7", "\n\n").build();
      System.out.println(model.generate("Count to 20", upToSix).text());
    }
  }
}
