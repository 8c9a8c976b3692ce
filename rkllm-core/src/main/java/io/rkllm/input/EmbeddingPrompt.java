package io.rkllm.input;

import io.rkllm.internal.check.Check;
import java.nio.FloatBuffer;

/**
 * A prompt of embeddings instead of tokens, with one row for each position ({@code
 * RKLLM_INPUT_EMBED}). No template is applied to it.
 *
 * <p>The width must be the model's. Because the runtime does not report it, the SDK takes it from
 * {@code RkllmModel.Builder.embeddingWidth}, from the hidden states of an earlier run, or from a
 * run of one token that it makes when it first needs the width. Embeddings of another width are
 * rejected before native code is called.
 */
public final class EmbeddingPrompt implements Input {
  private final NativeFloats values;
  private final int width;

  private EmbeddingPrompt(NativeFloats values, int width) {
    this.values = values;
    this.width = width;
    Check.rows("values", values.length(), width);
  }

  /**
   * Returns a prompt of the given rows, which are copied once. The memory of the copy is freed by
   * the garbage collector. If you create many prompts, it is cheaper to reuse one {@link
   * NativeFloats} and call {@link #of(NativeFloats, int)}.
   *
   * @param values {@code tokens × width} floats, row-major
   * @param width the number of floats in a row, in [1, 65536]
   * @throws IllegalArgumentException if there are no values, or they are not a whole number of rows
   */
  public static EmbeddingPrompt of(float[] values, int width) {
    return of(NativeFloats.copyOf(values), width);
  }

  /**
   * Returns a prompt with a copy of the remaining floats of a buffer; as {@link #of(float[], int)}.
   */
  public static EmbeddingPrompt of(FloatBuffer values, int width) {
    return of(NativeFloats.copyOf(values), width);
  }

  /**
   * Returns a prompt whose rows native code reads in place, without a copy; as {@link #of(float[],
   * int)}.
   */
  public static EmbeddingPrompt of(NativeFloats values, int width) {
    return new EmbeddingPrompt(Check.nonNull("values", values), width);
  }

  /** Returns the rows, row-major. */
  public NativeFloats values() {
    return values;
  }

  /** Returns the number of floats in a row. */
  public int width() {
    return width;
  }

  /** Returns the number of rows. */
  public int tokens() {
    return (int) (values.length() / width);
  }

  /** Returns a string such as {@code 12 embeddings of width 896}. */
  @Override
  public String toString() {
    return tokens() + " embeddings of width " + width;
  }
}
