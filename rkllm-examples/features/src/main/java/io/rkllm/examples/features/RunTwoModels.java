package io.rkllm.examples.features;

import io.rkllm.Generation;
import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;

/**
 * Runs two models in one program, each with its own thread and NPU address space. They may be used
 * at the same time; the NPU alternates between them.
 *
 * <p>Arguments: a model, the library of both, and another model; without them, the simulator and
 * models for it. Both must fit into the board's memory. Releases of the runtime before 1.2.2 do not
 * support this.
 */
final class RunTwoModels {
  public static void main(String[] args) {
    Path library = args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1);
    try (RkllmModel writer =
            RkllmModel.builder(
                    args.length > 0 ? Path.of(args[0]) : SimulatorFile.named("writer.rkllm"))
                .library(library)
                .load();
        RkllmModel critic =
            RkllmModel.builder(
                    args.length > 2 ? Path.of(args[2]) : SimulatorFile.named("critic.rkllm"))
                .library(library)
                .load()) {
      Generation poem = writer.generate("Write a line about rain.");
      Generation mood = critic.generate("What do you expect of a line?");
      System.out.println("critic: " + mood.text());
      System.out.println("writer: " + poem.text());
      System.out.println("critic: " + critic.generate("Judge this: " + poem.text()).text());
    }
  }
}
