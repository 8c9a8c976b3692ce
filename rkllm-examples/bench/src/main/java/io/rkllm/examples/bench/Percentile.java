package io.rkllm.examples.bench;

import java.util.Arrays;

/** Computes percentiles. */
public final class Percentile {
  private Percentile() {}

  /**
   * Returns the smallest value that is at least as large as the given percentage of the values; for
   * 50, the median.
   */
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
