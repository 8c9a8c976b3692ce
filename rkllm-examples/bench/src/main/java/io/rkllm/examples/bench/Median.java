package io.rkllm.examples.bench;

import java.util.Arrays;

/** Of many figures, the one that tells. */
public final class Median {
  private Median() {}

  /** The one in the middle. */
  public static double of(double... values) {
    return percentile(50, values);
  }

  /** The smallest that is at least as large as so many of a hundred. */
  public static double percentile(double percent, double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("no figures");
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.max(rank, 1) - 1];
  }
}
