package io.rkllm.examples.features;

import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.PromptCache;
import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Processes a long prompt once and saves it in a file, from which the program continues at its next
 * start. Useful for rules, manuals and examples that precede every question.
 *
 * <p>Arguments: a model and its library; without them, the simulator and a model for it. The file
 * can only be used with the model and the release of the runtime that wrote it.
 */
final class SavePromptCache {
  private static final String RULES =
      """
      You answer the guests of a mountain hut. Be short and friendly, and say what you do not know.
      Breakfast is from six to eight, supper at half past six. Who comes later gets soup.
      Beds are given in the order of arrival; the winter room is always open and has a stove.
      Boots stay in the drying room, dogs sleep in the porch, and lights are out at ten.
      The path over the saddle takes four hours and is closed after snow; ask before you go.
      Water from the spring is good to drink. There is no telephone, but a radio for emergencies.
      """;

  public static void main(String[] args) throws IOException {
    Path file = Files.createTempDirectory("rkllm-prompt-cache-").resolve("rules.cache");
    GenerationResult before;
    try (RkllmModel model = load(args)) {
      GenerationOptions saving = GenerationOptions.builder().savePromptCache(file).build();
      before = model.generate(RULES + "When is breakfast?", saving).await();
    }
    print("without cache", before);

    GenerationResult after;
    try (RkllmModel model = load(args);
        PromptCache _ = model.loadPromptCache(file)) {
      after = model.generate(RULES + "Where do I leave my boots?").await();
    }
    print("with cache", after);

    System.out.printf(
        "saved: %d ms%n",
        before.stats().timeToFirstToken().minus(after.stats().timeToFirstToken()).toMillis());
    Files.delete(file);
    Files.delete(file.getParent());
  }

  private static RkllmModel load(String[] args) {
    return RkllmModel.builder(
            args.length > 0 ? Path.of(args[0]) : SimulatorFile.named("mountain-hut.rkllm"))
        .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
        .contextLength(2048)
        .load();
  }

  private static void print(String title, GenerationResult result) {
    System.out.printf(
        "%s: %d tokens processed, first token after %d ms: %s%n",
        title,
        result.stats().prefillTokens().orElseThrow(),
        result.stats().timeToFirstToken().toMillis(),
        result.text());
  }
}
