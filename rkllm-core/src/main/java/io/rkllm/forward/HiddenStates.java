package io.rkllm.forward;

import io.rkllm.internal.forward.EmbeddingPool;
import io.rkllm.internal.forward.FloatRows;
import java.lang.foreign.MemorySegment;

/**
 * Hidden states of the last layer, with one row of {@link #width} floats for each prompt position
 * ({@code RKLLMResultLastHiddenLayer}).
 *
 * <p>An instance is either a copy, which is thread-safe, or, inside the function passed to {@code
 * RkllmModel.readHiddenStates}, a view of the runtime's own memory. A view is valid only until that
 * function returns; reading it later, or on another thread, throws {@link IllegalStateException}.
 */
public final class HiddenStates {
  private final FloatRows rows;

  /**
   * Creates hidden states of the positions from 0 on; for runtimes and tests.
   *
   * @param values {@code tokens × width} floats, row-major
   * @throws IllegalArgumentException if the size of the segment differs
   */
  public HiddenStates(MemorySegment values, int tokens, int width) {
    this(FloatRows.of(values, tokens, width));
  }

  private HiddenStates(FloatRows rows) {
    this.rows = rows;
  }

  /** Returns the number of rows. */
  public int rows() {
    return rows.count();
  }

  /** Returns the number of floats in a row, which is the model's embedding width. */
  public int width() {
    return rows.width();
  }

  /**
   * Returns the prompt position of a row, counted from 0.
   *
   * @throws IndexOutOfBoundsException if the row does not exist; as do all methods that take a row
   */
  public int position(int row) {
    return rows.position(row);
  }

  /** Returns a single value. */
  public float get(int row, int column) {
    return rows.get(row, column);
  }

  /** Returns a copy of a row. */
  public float[] row(int row) {
    return rows.row(row);
  }

  /** Returns a copy of the last token's row, which usually represents the whole text. */
  public float[] last() {
    return rows.row(rows.count() - 1);
  }

  /** Returns the mean of all rows. */
  public float[] mean() {
    return rows.mean();
  }

  /**
   * Returns the embedding of the whole input, computed with the given options. Use it instead of
   * {@code RkllmModel.embed} if the number of tokens is needed as well, which is {@link #rows}.
   */
  public float[] embedding(EmbedOptions options) {
    return EmbeddingPool.pool(this, options);
  }

  /**
   * Returns a copy of the rows at the given positions, in the given order.
   *
   * @throws IllegalArgumentException if a position has no row, or the copy would be too large for
   *     an array; such states can be read in place
   */
  public HiddenStates copy(Positions positions) {
    return new HiddenStates(rows.copy(positions));
  }

  /** Returns all rows as a read-only segment, row-major; for the Vector API and native code. */
  public MemorySegment segment() {
    return rows.segment();
  }

  /** Returns a string such as {@code hidden states of 12 positions × 896}. */
  @Override
  public String toString() {
    return "hidden states of " + rows;
  }
}
