package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * What an encoder hands to a decoder with cross-attention: {@code RKLLMCrossAttnParam}.
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
 * <p>Keys and values are read where they are; they cannot be closed until others have been set or
 * the model is closed. Mask and positions are copied. Immutable.
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
   * Checks that the sizes agree.
   *
   * @param shape the decoder's cross-attention
   * @param keys {@code layers × tokens × kvHeads × headDim} floats
   * @param values as many
   * @param mask one float an encoder token; their number is the number of tokens
   * @param positions one an encoder token
   * @throws IllegalArgumentException if a length does not follow from the shape and the tokens
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
      throw new IllegalArgumentException("mask is empty; it needs one value an encoder token");
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

  /** How many encoder tokens ({@code num_tokens}). */
  public int tokens() {
    return mask.length;
  }

  /** The keys ({@code encoder_k_cache}). */
  public NativeFloats keys() {
    return keys;
  }

  /** The values ({@code encoder_v_cache}). */
  public NativeFloats values() {
    return values;
  }

  /** The mask ({@code encoder_mask}), as a copy. */
  public float[] mask() {
    return mask.clone();
  }

  /** The positions ({@code encoder_pos}), as a copy. */
  public int[] positions() {
    return positions.clone();
  }

  /**
   * The decoder's cross-attention, as its configuration says.
   *
   * @param layers decoder layers
   * @param kvHeads key and value heads of a layer
   * @param headDim floats of a head
   */
  public record Shape(int layers, int kvHeads, int headDim) {
    /**
     * Checks the sizes.
     *
     * @throws IllegalArgumentException if one is not in [1, 65536]
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
