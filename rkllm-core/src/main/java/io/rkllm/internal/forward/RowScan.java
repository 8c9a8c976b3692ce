package io.rkllm.internal.forward;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Computes the highest value of a row, its index, and the sum of the exponentials. The row is
 * copied piecewise into a small array that stays in the processor's first-level cache, because
 * loops over arrays are compiled to vector instructions while loops over memory segments are not
 * yet. For the same reason, each element of the array has its own accumulator until the end of the
 * row. Not thread-safe.
 */
final class RowScan {
  private static final int WINDOW = 512;
  private static final int SQUARINGS = 10;
  private static final double PART = 1.0 / (1 << SQUARINGS);

  /** The exponential of this value is negligible compared with 1. */
  private static final double LOWEST = -700;

  private final float[] window = new float[WINDOW];
  private final float[] peaks = new float[WINDOW];
  private final double[] sums = new double[WINDOW];

  /** Returns the highest value, or NaN if the row contains NaN. */
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

  /**
   * Returns the index of the highest value, or the first such index. NaN is less than any number.
   */
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

  /** Returns the sum of {@code exp(value - highest)}, with a relative error below 1e-10. */
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
   * Adds the exponentials, each computed as a power of five terms of the series at a fraction of
   * the exponent. {@link Math#exp} would be a call for each value.
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
