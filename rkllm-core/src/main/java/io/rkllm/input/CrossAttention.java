package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * The output of an encoder for a decoder with cross-attention ({@code RKLLMCrossAttnParam}).
 *
 * <p>Layouts, row-major:
 *
 * <pre>
 * keys       [layers][tokens][kvHeads][headDim]
 * values     [layers][kvHeads][headDim][tokens]
 * mask       [tokens]
 * positions  [tokens]
 * </pre>
 *
 * <p>Keys and values are not copied; they cannot be closed until others have been set or the model
 * is closed. Mask and positions are copied. Immutable.
 */
public final class CrossAttention {
  private final NativeFloats keys;
  private final NativeFloats values;
  private final float[] mask;
  private final int[] positions;

  private CrossAttention(NativeFloats keys, NativeFloats values, float[] mask, int[] positions) {
    this.keys = keys;
    this.values = values;
    this.mask = mask;
    this.positions = positions;
  }

  /**
   * Returns the output of an encoder.
   *
   * @param shape the dimensions of the decoder's cross-attention
   * @param keys {@code layers × tokens × kvHeads × headDim} floats
   * @param values as many floats as {@code keys}
   * @param mask one value for each encoder token; its length determines the number of tokens
   * @param positions one position for each encoder token
   * @throws IllegalArgumentException if a length does not match the shape and the number of tokens
   */
  public static CrossAttention of(
      Shape shape, NativeFloats keys, NativeFloats values, float[] mask, int[] positions) {
    Check.nonNull("shape", shape);
    Check.nonNull("keys", keys);
    Check.nonNull("values", values);
    float[] maskCopy = Check.nonNull("mask", mask).clone();
    int[] positionsCopy = Check.nonNull("positions", positions).clone();
    int tokens = maskCopy.length;
    if (tokens == 0) {
      throw new IllegalArgumentException(
          "mask is empty; it needs one value for each encoder token");
    }
    checkLength("positions", positionsCopy.length, tokens, "the mask's number of tokens");
    checkLength("keys", keys.length(), shape.floats(tokens), shape + " × " + tokens + " tokens");
    checkLength(
        "values", values.length(), shape.floats(tokens), shape + " × " + tokens + " tokens");
    return new CrossAttention(keys, values, maskCopy, positionsCopy);
  }

  private static void checkLength(String name, long actual, long expected, String why) {
    if (actual != expected) {
      throw new IllegalArgumentException(
          name + " must have " + expected + " elements (" + why + "), has " + actual);
    }
  }

  /** Returns the number of encoder tokens ({@code num_tokens}). */
  public int tokens() {
    return mask.length;
  }

  /** Returns the keys ({@code encoder_k_cache}). */
  public NativeFloats keys() {
    return keys;
  }

  /** Returns the values ({@code encoder_v_cache}). */
  public NativeFloats values() {
    return values;
  }

  /** Returns a copy of the mask ({@code encoder_mask}). */
  public float[] mask() {
    return mask.clone();
  }

  /** Returns a copy of the positions ({@code encoder_pos}). */
  public int[] positions() {
    return positions.clone();
  }

  /**
   * The dimensions of a decoder's cross-attention, which its configuration file states.
   *
   * @param layers the number of decoder layers
   * @param kvHeads the number of key and value heads in a layer
   * @param headDim the number of floats in a head
   */
  public record Shape(int layers, int kvHeads, int headDim) {
    /**
     * Creates a shape.
     *
     * @throws IllegalArgumentException if a dimension is not in [1, 65536]
     */
    public Shape {
      Check.inRange("layers", layers, 1, 65_536);
      Check.inRange("kvHeads", kvHeads, 1, 65_536);
      Check.inRange("headDim", headDim, 1, 65_536);
    }

    long floats(int tokens) {
      return Math.min((long) layers * kvHeads * headDim, 1L << 31) * tokens;
    }

    @Override
    public String toString() {
      return layers + " layers × " + kvHeads + " heads × " + headDim;
    }
  }
}
