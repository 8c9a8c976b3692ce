package io.rkllm.forward;

import io.rkllm.internal.forward.FloatRows;
import java.lang.foreign.MemorySegment;

/**
 * Logits of prompt positions, with one row of {@link #vocabularySize} floats each ({@code
 * RKLLMResultLogits}). Row {@code i} predicts the token after the position {@link #position
 * position(i)}.
 *
 * <p>An instance is either a copy, which is thread-safe, or, inside the function passed to {@code
 * RkllmModel.readLogits}, a view of the runtime's own memory. A view is valid only until that
 * function returns; reading it later, or on another thread, throws {@link IllegalStateException}.
 */
public final class Logits {
  private final FloatRows rows;

  /**
   * Creates logits of the positions from 0 on; for runtimes and tests.
   *
   * @param values {@code tokens × vocabularySize} floats, row-major
   * @throws IllegalArgumentException if the size of the segment differs
   */
  public Logits(MemorySegment values, int tokens, int vocabularySize) {
    this(FloatRows.of(values, tokens, vocabularySize));
  }

  private Logits(FloatRows rows) {
    this.rows = rows;
  }

  /** Returns the number of rows. */
  public int rows() {
    return rows.count();
  }

  /** Returns the number of floats in a row. */
  public int vocabularySize() {
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

  /** Returns the logit of a token. */
  public float get(int row, int tokenId) {
    return rows.get(row, tokenId);
  }

  /** Returns a copy of a row. */
  public float[] row(int row) {
    return rows.row(row);
  }

  /**
   * Returns the token with the highest logit, which is the token that a greedy run generates next.
   * If several tokens have it, returns the lowest token id. NaN is less than any number.
   */
  public int argmax(int row) {
    return rows.argmax(row);
  }

  /**
   * Returns the natural logarithm of the probability that the given token comes next (log-softmax),
   * accurate to about 1e-10. Returns NaN if any logit of the row is NaN.
   */
  public double logProbability(int row, int tokenId) {
    return rows.logSoftmax(row, tokenId);
  }

  /**
   * Returns a copy of the rows at the given positions, in the given order.
   *
   * @throws IllegalArgumentException if a position has no row, or the copy would be too large for
   *     an array; such logits can be read in place
   */
  public Logits copy(Positions positions) {
    return new Logits(rows.copy(positions));
  }

  /** Returns all rows as a read-only segment, row-major; for the Vector API and native code. */
  public MemorySegment segment() {
    return rows.segment();
  }

  /** Returns a string such as {@code logits of 12 positions × 151936}. */
  @Override
  public String toString() {
    return "logits of " + rows;
  }
}
