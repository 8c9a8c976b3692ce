package io.rkllm.internal.forward;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The highest value of a row, where it is, and the sum of its exponentials. The row passes through
 * a window that stays in the processor's nearest cache: loops over arrays become vector
 * instructions, loops over memory segments do not yet. For the same reason each place in the window
 * has a result of its own until the end of the row. For one thread.
 */
final class RowScan {
  private static final int WINDOW = 512;
  private static final int SQUARINGS = 10;
  private static final double PART = 1.0 / (1 << SQUARINGS);

  /** e to the power of this is nothing beside 1. */
  private static final double LOWEST = -700;

  private final float[] window = new float[WINDOW];
  private final float[] peaks = new float[WINDOW];
  private final double[] sums = new double[WINDOW];

  /** NaN if there is one in the row. */
  float highest(MemorySegment row) {
    Arrays.fill(peaks, Float.NEGATIVE_INFINITY);
    int width = width(row);
    for (int from = 0; from < width; from += WINDOW) {
      raise(peaks, window, read(row, from, width));
    }
    float result = Float.NEGATIVE_INFINITY;
    for (float each : peaks) {
      result = Math.max(result, each);
    }
    return result;
  }

  private static void raise(float[] peaks, float[] values, int count) {
    for (int i = 0; i < count; i++) {
      peaks[i] = Math.max(peaks[i], values[i]);
    }
  }

  /** Where the highest value is; the first of several. NaN counts as lower than all. */
  int argmax(MemorySegment row) {
    float value = highest(row);
    if (Float.isNaN(value)) {
      return argmaxOfNumbers(row);
    }
    int first = width(row);
    for (int place = 0; place < WINDOW; place++) {
      if (peaks[place] == value) {
        for (int i = place; i < first; i += WINDOW) {
          if (row.getAtIndex(JAVA_FLOAT, i) == value) {
            first = i;
            break;
          }
        }
      }
    }
    return first;
  }

  private static int argmaxOfNumbers(MemorySegment row) {
    int first = 0;
    float highest = Float.NaN;
    for (int i = 0; i < width(row); i++) {
      float value = row.getAtIndex(JAVA_FLOAT, i);
      if (value > highest || (Float.isNaN(highest) && !Float.isNaN(value))) {
        highest = value;
        first = i;
      }
    }
    return first;
  }

  /** The sum of {@code exp(value - highest)}, with an error below 1e-10 of it. */
  double sumOfExp(MemorySegment row, float highest) {
    Arrays.fill(sums, 0);
    int width = width(row);
    for (int from = 0; from < width; from += WINDOW) {
      addExp(sums, window, read(row, from, width), highest);
    }
    double sum = 0;
    for (double each : sums) {
      sum += each;
    }
    return sum;
  }

  /**
   * Five terms of the series at a small part of the exponent, and the power of that. {@link
   * Math#exp} would be a call for each value.
   */
  private static void addExp(double[] sums, float[] values, int count, double highest) {
    for (int i = 0; i < count; i++) {
      double x = Math.max(values[i] - highest, LOWEST) * PART;
      double e = 1 + x * (1 + x * (1 / 2.0 + x * (1 / 6.0 + x * (1 / 24.0 + x * (1 / 120.0)))));
      e *= e; // 2
      e *= e; // 4
      e *= e; // 8
      e *= e; // 16
      e *= e; // 32
      e *= e; // 64
      e *= e; // 128
      e *= e; // 256
      e *= e; // 512
      sums[i] += e * e; // 1024
    }
  }

  private int read(MemorySegment row, int from, int width) {
    int count = Math.min(WINDOW, width - from);
    MemorySegment.copy(row, JAVA_FLOAT, (long) from * Float.BYTES, window, 0, count);
    return count;
  }

  private static int width(MemorySegment row) {
    return (int) (row.byteSize() / Float.BYTES);
  }
}
