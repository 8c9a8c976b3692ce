package io.rkllm.input;

import io.rkllm.internal.check.Check;
import java.util.Arrays;

/**
 * Token ids, taken as they are: {@code RKLLM_INPUT_TOKEN}. No template wraps them. The ids are the
 * model's own; the runtime offers no tokenizer to make them with.
 */
public final class TokenPrompt implements Input {
  private final int[] ids;

  private TokenPrompt(int[] ids) {
    this.ids = ids;
  }

  /**
   * These tokens; the array is copied.
   *
   * @param ids at least one, none negative
   * @throws IllegalArgumentException if there is none, or one is negative
   */
  public static TokenPrompt of(int... ids) {
    int[] copy = Check.nonNull("ids", ids).clone();
    if (copy.length == 0) {
      throw new IllegalArgumentException("no token id was given; name at least one");
    }
    for (int i = 0; i < copy.length; i++) {
      if (copy[i] < 0) {
        throw new IllegalArgumentException(
            "token ids must not be negative, was " + copy[i] + " at index " + i);
      }
    }
    return new TokenPrompt(copy);
  }

  /** The ids, as a copy. */
  public int[] ids() {
    return ids.clone();
  }

  /** How many tokens. */
  public int tokens() {
    return ids.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenPrompt that && Arrays.equals(ids, that.ids);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ids);
  }

  /** Such as {@code 12 tokens}. */
  @Override
  public String toString() {
    return ids.length + " tokens";
  }
}
