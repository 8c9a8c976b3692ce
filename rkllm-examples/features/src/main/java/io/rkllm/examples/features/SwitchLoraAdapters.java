package io.rkllm.examples.features;

import io.rkllm.GenerationOptions;
import io.rkllm.LoraAdapter;
import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.util.List;

/**
 * Uses one model with several adapters, which are loaded once and selected for each generation.
 *
 * <p>Arguments: a model, its library and two LoRA adapters that were converted together with the
 * model; without them, the simulator with a model and adapters for it.
 */
final class SwitchLoraAdapters {
  private static final String QUESTION = "How is the weather?";

  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : SimulatorFile.named("voices.rkllm"))
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .load()) {
      LoraAdapter pirate =
          model.loadLora(
              "pirate",
              args.length > 2 ? Path.of(args[2]) : SimulatorFile.named("pirate-lora.rkllm"),
              1.0);
      LoraAdapter poet =
          model.loadLora(
              "poet",
              args.length > 3 ? Path.of(args[3]) : SimulatorFile.named("poet-lora.rkllm"),
              0.8);

      System.out.println("without: " + model.generate(QUESTION).text());
      for (LoraAdapter voice : List.of(pirate, poet)) {
        GenerationOptions options = GenerationOptions.builder().lora(voice).build();
        System.out.println(voice.name() + ": " + model.generate(QUESTION, options).text());
      }
      System.out.println("without: " + model.generate(QUESTION).text());
    }
  }
}
