package io.rkllm.internal.forward;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.rkllm.forward.Positions;
import io.rkllm.internal.check.Check;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Rows of floats in a heap array or in native memory whose lifetime is controlled by its owner.
 * Sizes are longs, because the logits of a long prompt do not fit into an array.
 */
public final class FloatRows {
  private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  private final MemorySegment values;
  private final int[] positions;
  private final int width;
  private final long maker = Thread.currentThread().threadId();
  private @Nullable RowScan scan; // owned by the creating thread

  private FloatRows(MemorySegment values, int[] positions, int width) {
    this.values = values;
    this.positions = positions;
    this.width = width;
  }

  /** Returns read-only rows of the positions from 0 on. */
  public static FloatRows of(MemorySegment values, int count, int width) {
    Check.inRange("tokens", count, 0, Integer.MAX_VALUE);
    Check.inRange("width", width, 1, Integer.MAX_VALUE);
    long expected = (long) count * width * Float.BYTES;
    if (values.byteSize() != expected) {
      throw new IllegalArgumentException(
          "%d rows of %d floats need %d bytes, but the segment has %d"
              .formatted(count, width, expected, values.byteSize()));
    }
    int[] positions = new int[count];
    Arrays.setAll(positions, i -> i);
    return new FloatRows(values.asReadOnly(), positions, width);
  }

  public int count() {
    return positions.length;
  }

  public int width() {
    return width;
  }

  public int position(int row) {
    return positions[row];
  }

  public MemorySegment segment() {
    return values;
  }

  public float get(int row, int column) {
    return values.get(JAVA_FLOAT, offset(row) + (long) checkColumn(column) * Float.BYTES);
  }

  public float[] row(int row) {
    return slice(row).toArray(JAVA_FLOAT);
  }

  public int argmax(int row) {
    return scan().argmax(slice(row));
  }

  /**
   * Returns the logarithm of the softmax, avoiding overflow and loss of precision for small values.
   */
  public double logSoftmax(int row, int column) {
    double value = get(row, column);
    MemorySegment slice = slice(row);
    RowScan scan = scan();
    float highest = scan.highest(slice);
    return value - highest - Math.log(scan.sumOfExp(slice, highest));
  }

  /**
   * Returns a scan. The creating thread, which is often the only one that may read the rows, reuses
   * its own.
   */
  private RowScan scan() {
    if (Thread.currentThread().threadId() != maker) {
      return new RowScan();
    }
    RowScan kept = scan;
    if (kept == null) {
      kept = new RowScan();
      scan = kept;
    }
    return kept;
  }

  public float[] mean() {
    double[] sums = new double[width];
    for (int row = 0; row < count(); row++) {
      MemorySegment slice = slice(row);
      for (int i = 0; i < width; i++) {
        sums[i] += slice.getAtIndex(JAVA_FLOAT, i);
      }
    }
    float[] mean = new float[width];
    for (int i = 0; i < width; i++) {
      mean[i] = (float) (sums[i] / count());
    }
    return mean;
  }

  public FloatRows copy(Positions wanted) {
    int[] chosen = Check.nonNull("positions", wanted).among(count()).toArray();
    long floats = (long) chosen.length * width;
    if (floats > MAX_ARRAY) {
      throw new IllegalArgumentException(
          "%d rows of %d floats do not fit into a Java array; choose fewer positions, or read them in place"
              .formatted(chosen.length, width));
    }
    float[] copy = new float[(int) floats];
    for (int i = 0; i < chosen.length; i++) {
      if (chosen[i] >= count()) {
        throw new IllegalArgumentException(
            "there is no position " + chosen[i] + "; the prompt has " + count() + " tokens");
      }
      MemorySegment.copy(values, JAVA_FLOAT, offset(chosen[i]), copy, i * width, width);
      chosen[i] = positions[chosen[i]];
    }
    return new FloatRows(MemorySegment.ofArray(copy).asReadOnly(), chosen, width);
  }

  private MemorySegment slice(int row) {
    return values.asSlice(offset(row), (long) width * Float.BYTES);
  }

  private long offset(int row) {
    if (!values.scope().isAlive()) {
      throw new IllegalStateException(
          "these rows are no longer valid: they can be read only inside the function they were"
              + " passed to; copy there what is needed later");
    }
    if (!values.isAccessibleBy(Thread.currentThread())) {
      throw new IllegalStateException(
          "these rows can be read only on the thread of the function they were passed to; copy"
              + " there what other threads need");
    }
    return (long) Objects.checkIndex(row, count()) * width * Float.BYTES;
  }

  private int checkColumn(int column) {
    return Objects.checkIndex(column, width);
  }

  @Override
  public String toString() {
    return count() + " positions × " + width;
  }
}
