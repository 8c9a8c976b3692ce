package io.rkllm.examples.bench.logits;

import com.sun.management.ThreadMXBean;
import io.rkllm.RkllmModel;
import io.rkllm.examples.bench.Child;
import io.rkllm.forward.Logits;
import io.rkllm.input.TokenPrompt;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * {@code LogitsClient LIBRARY MODEL TOKENS RUNS place|copy}: prints the nanoseconds for each logit,
 * the perplexity, and the bytes that the reading thread allocated.
 */
final class LogitsClient {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private LogitsClient() {}

  public static void main(String[] arguments) {
    int[] ids = new int[Integer.parseInt(arguments[2])];
    Arrays.setAll(ids, i -> i * 37 % 251);
    ToDoubleFunction<Logits> sum =
        arguments[4].equals("place")
            ? logits -> inPlace(logits, ids)
            : logits -> copied(logits, ids);
    try (RkllmModel model =
        RkllmModel.builder(Path.of(arguments[1]))
            .library(Path.of(arguments[0]))
            .contextLength(16_384)
            .load()) {
      for (int run = Integer.parseInt(arguments[3]); run > 0; run--) {
        Child.print(model.readLogits(TokenPrompt.of(ids), logits -> figures(logits, sum)));
      }
    }
  }

  private static double[] figures(Logits logits, ToDoubleFunction<Logits> sum) {
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    long begin = System.nanoTime();
    double perplexity = Math.exp(-sum.applyAsDouble(logits) / logits.rows());
    double nanos = System.nanoTime() - begin;
    return new double[] {
      nanos / logits.rows() / logits.vocabularySize(),
      perplexity,
      THREADS.getCurrentThreadAllocatedBytes() - allocated
    };
  }

  private static double inPlace(Logits logits, int[] ids) {
    double sum = 0;
    for (int row = 0; row < logits.rows(); row++) {
      int best = logits.argmax(row);
      sum += logits.logProbability(row, row + 1 < ids.length ? ids[row + 1] : best);
    }
    return sum;
  }

  // ---- The implementation with arrays only

  private static double copied(Logits logits, int[] ids) {
    float[][] rows = new float[logits.rows()][];
    Arrays.setAll(rows, logits::row);
    double sum = 0;
    for (int row = 0; row < rows.length; row++) {
      int best = argmax(rows[row]);
      int token = row + 1 < ids.length ? ids[row + 1] : best;
      sum += logSoftmax(rows[row], token, rows[row][best]);
    }
    return sum;
  }

  private static int argmax(float[] row) {
    int best = 0;
    for (int i = 1; i < row.length; i++) {
      if (row[i] > row[best]) {
        best = i;
      }
    }
    return best;
  }

  private static double logSoftmax(float[] row, int token, float highest) {
    double sum = 0;
    for (float value : row) {
      sum += Math.exp(value - highest);
    }
    return row[token] - highest - Math.log(sum);
  }
}
