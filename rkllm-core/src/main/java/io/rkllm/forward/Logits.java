package io.rkllm.forward;

import io.rkllm.internal.forward.FloatRows;
import java.lang.foreign.MemorySegment;

/**
 * Logits of prompt positions, one row of {@link #vocabularySize} floats each: row {@code i} says
 * what the model expects after the position {@link #position position(i)}. {@code
 * RKLLMResultLogits}.
 *
 * <p>Either a copy, or, inside the function given to {@code RkllmModel.readLogits}, the runtime's
 * own memory, which is gone when that function returns: a read after that, or by another thread,
 * throws {@link IllegalStateException}. A copy is safe for use by several threads.
 */
public final class Logits {
  private final FloatRows rows;

  /**
   * For runtimes and tests: these logits of positions 0, 1, and so on.
   *
   * @param values row-major, {@code tokens × vocabularySize} floats
   * @throws IllegalArgumentException if the segment has another size
   */
  public Logits(MemorySegment values, int tokens, int vocabularySize) {
    this(FloatRows.of(values, tokens, vocabularySize));
  }

  private Logits(FloatRows rows) {
    this.rows = rows;
  }

  /** How many rows. */
  public int rows() {
    return rows.count();
  }

  /** Floats in a row. */
  public int vocabularySize() {
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

  /** The logit of one token. */
  public float get(int row, int tokenId) {
    return rows.get(row, tokenId);
  }

  /** A row, as a copy. */
  public float[] row(int row) {
    return rows.row(row);
  }

  /**
   * The token with the highest logit; the first of several. What a greedy run generates next. NaN
   * counts as lower than any number.
   */
  public int argmax(int row) {
    return rows.argmax(row);
  }

  /**
   * The natural logarithm of the probability that this token comes next (log-softmax), to about
   * 1e-10. NaN if any logit of the row is NaN.
   */
  public double logProbability(int row, int tokenId) {
    return rows.logSoftmax(row, tokenId);
  }

  /**
   * A copy of the rows of these positions, in this order.
   *
   * @throws IllegalArgumentException if a position has no row, or the copy would not fit into an
   *     array; read such logits in place
   */
  public Logits copy(Positions positions) {
    return new Logits(rows.copy(positions));
  }

  /** All rows, row-major and read-only; for the Vector API and native code. */
  public MemorySegment segment() {
    return rows.segment();
  }

  /** Such as {@code logits of 12 positions × 151936}. */
  @Override
  public String toString() {
    return "logits of " + rows;
  }
}
