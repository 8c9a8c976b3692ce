package io.rkllm.input;

import io.rkllm.internal.check.Check;
import java.nio.FloatBuffer;

/**
 * Embeddings instead of tokens, one row a position: {@code RKLLM_INPUT_EMBED}. No template wraps
 * them.
 *
 * <p>The width must be the model's. The runtime does not tell it, so the SDK takes it from {@code
 * RkllmModel.Builder.embeddingWidth}, from the hidden states of an earlier run, or from a run of
 * one token that it makes the first time; another width is refused before native code.
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
   * These rows, one after the other; copied once. New memory for each input costs more than the
   * copy and stays until the garbage collector comes by: who makes many inputs keeps a {@link
   * NativeFloats}, fills it and uses {@link #of(NativeFloats, int)}.
   *
   * @param values row-major, {@code tokens × width} floats
   * @param width floats in a row, in [1, 65536]
   * @throws IllegalArgumentException if the values are not a whole number of rows, or none
   */
  public static EmbeddingPrompt of(float[] values, int width) {
    return of(NativeFloats.copyOf(values), width);
  }

  /** What remains in a buffer, copied once; as {@link #of(float[], int)}. */
  public static EmbeddingPrompt of(FloatBuffer values, int width) {
    return of(NativeFloats.copyOf(values), width);
  }

  /** Rows that native code reads where they are, without a copy; as {@link #of(float[], int)}. */
  public static EmbeddingPrompt of(NativeFloats values, int width) {
    return new EmbeddingPrompt(Check.nonNull("values", values), width);
  }

  /** The rows, row-major. */
  public NativeFloats values() {
    return values;
  }

  /** Floats in a row. */
  public int width() {
    return width;
  }

  /** How many rows. */
  public int tokens() {
    return (int) (values.length() / width);
  }

  /** Such as {@code 12 embeddings of width 896}. */
  @Override
  public String toString() {
    return tokens() + " embeddings of width " + width;
  }
}
