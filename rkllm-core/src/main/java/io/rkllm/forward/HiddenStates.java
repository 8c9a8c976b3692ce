package io.rkllm.forward;

import io.rkllm.internal.forward.EmbeddingPool;
import io.rkllm.internal.forward.FloatRows;
import java.lang.foreign.MemorySegment;

/**
 * Hidden states of the last layer, one row of {@link #width} floats a prompt position. {@code
 * RKLLMResultLastHiddenLayer}.
 *
 * <p>Either a copy, or, inside the function given to {@code RkllmModel.readHiddenStates}, the
 * runtime's own memory, which is gone when that function returns: a read after that, or by another
 * thread, throws {@link IllegalStateException}. A copy is safe for use by several threads.
 */
public final class HiddenStates {
  private final FloatRows rows;

  /**
   * For runtimes and tests: these hidden states of positions 0, 1, and so on.
   *
   * @param values row-major, {@code tokens × width} floats
   * @throws IllegalArgumentException if the segment has another size
   */
  public HiddenStates(MemorySegment values, int tokens, int width) {
    this(FloatRows.of(values, tokens, width));
  }

  private HiddenStates(FloatRows rows) {
    this.rows = rows;
  }

  /** How many rows. */
  public int rows() {
    return rows.count();
  }

  /** Floats in a row: the model's embedding width. */
  public int width() {
    return rows.width();
  }

  /**
   * Which position of the prompt a row belongs to, from 0.
   *
   * @throws IndexOutOfBoundsException if there is no such row; so do all methods that take one
   */
  public int position(int row) {
    return rows.position(row);
  }

  /** One number. */
  public float get(int row, int column) {
    return rows.get(row, column);
  }

  /** A row, as a copy. */
  public float[] row(int row) {
    return rows.row(row);
  }

  /** The row of the last token, as a copy: what usually stands for a whole text. */
  public float[] last() {
    return rows.row(rows.count() - 1);
  }

  /** The mean of all rows. */
  public float[] mean() {
    return rows.mean();
  }

  /**
   * What stands for the whole input by these options, as a copy: for whoever needs the number of
   * tokens as well, which is {@link #rows}. {@code RkllmModel.embed} gives the vector alone.
   */
  public float[] embedding(EmbedOptions options) {
    return EmbeddingPool.pool(this, options);
  }

  /**
   * A copy of the rows of these positions, in this order.
   *
   * @throws IllegalArgumentException if a position has no row, or the copy would not fit into an
   *     array; read such states in place
   */
  public HiddenStates copy(Positions positions) {
    return new HiddenStates(rows.copy(positions));
  }

  /** All rows, row-major and read-only; for the Vector API and native code. */
  public MemorySegment segment() {
    return rows.segment();
  }

  /** Such as {@code hidden states of 12 positions × 896}. */
  @Override
  public String toString() {
    return "hidden states of " + rows;
  }
}
