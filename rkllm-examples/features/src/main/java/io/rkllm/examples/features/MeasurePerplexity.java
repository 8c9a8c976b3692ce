package io.rkllm.examples.features;

import io.rkllm.RkllmModel;
import io.rkllm.Sampling;
import io.rkllm.Token;
import io.rkllm.input.TokenPrompt;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.util.stream.IntStream;

/**
 * Measures the perplexity of a text: the number of equally likely tokens among which the model
 * would have had to choose, on average, to write it. The model's own output has a lower perplexity
 * than the same text reversed.
 *
 * <p>Arguments: a model, its library, and the id of the token that begins a text; without them, the
 * simulator and a model for it. The runtime has no tokenizer: for other texts, create the ids with
 * the model's {@code tokenizer.json}, for example with DJL's HuggingFaceTokenizer.
 */
final class MeasurePerplexity {
  public static void main(String[] args) {
    int begin = args.length > 2 ? Integer.parseInt(args[2]) : 256; // Qwen's <|endoftext|>: 151643
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : SimulatorFile.named("words.rkllm"))
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .sampling(Sampling.greedy())
            .maxNewTokens(40)
            .load()) {
      StringBuilder text = new StringBuilder();
      IntStream.Builder ids = IntStream.builder().add(begin);
      for (Token token : model.generate(TokenPrompt.of(begin))) {
        text.append(token.text());
        ids.add(token.id());
      }
      int[] forwards = ids.build().toArray();
      int[] backwards =
          IntStream.range(0, forwards.length).map(i -> forwards[forwards.length - 1 - i]).toArray();
      System.out.println(text);
      System.out.printf("perplexity: %.1f%n", perplexity(model, forwards));
      System.out.printf("perplexity backwards: %.1f%n", perplexity(model, backwards));
    }
  }

  /**
   * Reads the logits in the runtime's memory, since a copy for a long text would not fit into the
   * heap.
   */
  private static double perplexity(RkllmModel model, int[] ids) {
    return model.readLogits(
        TokenPrompt.of(ids),
        logits -> {
          double surprise = 0;
          for (int i = 1; i < ids.length; i++) {
            surprise -= logits.logProbability(i - 1, ids[i]); // row i - 1 predicts token i
          }
          return Math.exp(surprise / (ids.length - 1));
        });
  }
}
