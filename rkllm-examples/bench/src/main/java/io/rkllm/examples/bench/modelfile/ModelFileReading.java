package io.rkllm.examples.bench.modelfile;

import io.rkllm.examples.bench.Effort;
import io.rkllm.examples.bench.Measure;
import io.rkllm.examples.bench.Table;
import io.rkllm.file.ModelFile;
import io.rkllm.simulator.SimulatorModelFile;
import io.rkllm.tokenizer.ModelTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * The cost of reading model files with a vocabulary of 250,000 tokens and as many merges: the
 * properties, also those of a file of 4 GB, and the tokenizer.
 */
public final class ModelFileReading implements Measure {
  private static final int TOKENS = 250_000;
  private static final int LETTERS = 26;
  private static final String SCRIPT = "RKLLM-SIMULATOR-MODEL 1\nwhen: *\nsay: yes\n";

  @Override
  public void run(Effort effort, Table table) throws IOException {
    int rounds = effort.of(20, 200);
    Path folder = Files.createTempDirectory("rkllm-bench");
    Path small = folder.resolve("small.rkllm");
    Path large = folder.resolve("large.rkllm");
    try {
      SimulatorModelFile model = vocabulary();
      model.write(small);
      model.size(4L << 30).write(large); // sparse: it uses as much storage as the small one
      table.heading("model file, 250,000 tokens and merges, rkllm for Java", "ms");
      double facts = median(rounds, () -> ModelFile.read(small));
      table.line("facts", facts);
      table.atMost(250, facts, "ms");
      double ofLarge = median(rounds, () -> ModelFile.read(large));
      table.line("facts of a file of 4 GB", ofLarge);
      table.atMost(2, ofLarge / facts, "× the time of the small file");
      ModelFile file = ModelFile.read(small);
      double tokenizer = median(rounds, () -> ModelTokenizer.of(file).orElseThrow());
      table.line("tokenizer", tokenizer);
      table.atMost(1000, tokenizer, "ms");
    } finally {
      Files.deleteIfExists(small);
      Files.deleteIfExists(large);
      Files.delete(folder);
    }
  }

  /**
   * Returns a vocabulary of words of up to four letters, each of which is merged from the word
   * without its last letter and that letter.
   */
  private static SimulatorModelFile vocabulary() {
    List<String> tokens = new ArrayList<>();
    List<String> merges = new ArrayList<>();
    for (char letter = 'a'; letter <= 'z'; letter++) {
      tokens.add(String.valueOf(letter));
    }
    for (int i = 0; tokens.size() < TOKENS; i++) {
      String begin = tokens.get(i / LETTERS);
      char end = (char) ('a' + i % LETTERS);
      tokens.add(begin + end);
      merges.add(begin + " " + end);
    }
    return SimulatorModelFile.of(SCRIPT)
        .text("tokenizer.ggml.model", "gpt2")
        .text("tokenizer.ggml.pre", "qwen2")
        .texts("tokenizer.ggml.tokens", tokens)
        .texts("tokenizer.ggml.merges", merges);
  }

  private static double median(int rounds, Supplier<Object> action) {
    double[] times = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      long begin = System.nanoTime();
      Objects.requireNonNull(action.get());
      times[i] = (System.nanoTime() - begin) / 1e6;
    }
    Arrays.sort(times);
    return times[rounds / 2];
  }
}
