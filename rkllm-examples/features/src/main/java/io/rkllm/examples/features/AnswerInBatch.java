package io.rkllm.examples.features;

import io.rkllm.Generation;
import io.rkllm.RkllmModel;
import io.rkllm.input.TextPrompt;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.util.List;

/**
 * Answers four questions in one run. Each step of the NPU generates a token of every answer.
 *
 * <p>Arguments: a model and its library; without them, the simulator and a model for it. Each input
 * has its own KV cache, which takes memory; the vendor recommends at most eight.
 */
final class AnswerInBatch {
  private static final List<String> QUESTIONS =
      List.of("Name a river.", "Name a mountain.", "Name a city.", "Name all four seasons.");

  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : SimulatorFile.named("names.rkllm"))
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .batchSize(QUESTIONS.size())
            .load()) {
      long start = System.nanoTime();
      List<Generation> answers =
          model.generateBatch(QUESTIONS.stream().map(TextPrompt::of).toList());
      for (int i = 0; i < answers.size(); i++) { // each answer could be streamed as well
        System.out.println(QUESTIONS.get(i) + " " + answers.get(i).text());
      }
      System.out.printf(
          "%d tokens in %d ms%n",
          model.stats().generatedTokens(), (System.nanoTime() - start) / 1_000_000);
    }
  }
}
