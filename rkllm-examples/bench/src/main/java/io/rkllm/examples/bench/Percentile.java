package io.rkllm.examples.bench;

import java.util.Arrays;

/** Of many figures, the one that tells. */
public final class Percentile {
  private Percentile() {}

  /** The smallest that is at least as large as so many of a hundred; of 50 it is the median. */
  public static double of(double percent, double[] values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("no figures");
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.max(rank, 1) - 1];
  }
}
