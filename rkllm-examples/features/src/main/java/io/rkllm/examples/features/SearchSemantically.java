package io.rkllm.examples.features;

import io.rkllm.RkllmModel;
import io.rkllm.forward.EmbedOptions;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;

/**
 * Searches by meaning: each text is converted to an embedding, a point in space, and the texts
 * nearest to the question are listed first.
 *
 * <p>Arguments: a model and its library; without them, the simulator and a model for it. A board
 * needs an embedding model such as Qwen3-Embedding-0.6B, whose model card gives the prefix for
 * questions.
 */
final class SearchSemantically {
  private static final List<String> TEXTS =
      List.of(
          "The ferry to the island sails every morning at seven.",
          "Knead the dough, then let the bread rise for two hours.",
          "A cat may sleep for sixteen hours and hunt at night.",
          "The museum is closed on Mondays and in winter.");

  /** Embeddings of length 1, whose dot product is their similarity: 1 for equal ones. */
  private static final EmbedOptions UNIT_LENGTH = EmbedOptions.builder().normalize(true).build();

  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(
                args.length > 0 ? Path.of(args[0]) : SimulatorFile.named("embedding.rkllm"))
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .load()) {
      Map<String, float[]> index = new LinkedHashMap<>();
      TEXTS.forEach(text -> index.put(text, model.embed(text, UNIT_LENGTH)));
      for (String question : List.of("When does the ferry sail?", "How do I bake bread?")) {
        float[] wanted = model.embed(question, UNIT_LENGTH);
        Comparator<Entry<String, float[]>> nearest =
            Comparator.comparingDouble(entry -> -dotProduct(entry.getValue(), wanted));
        System.out.println(question);
        for (var entry : index.entrySet().stream().sorted(nearest).toList()) {
          System.out.printf("  %.2f  %s%n", dotProduct(entry.getValue(), wanted), entry.getKey());
        }
      }
    }
  }

  private static double dotProduct(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
