package io.rkllm.input;

import io.rkllm.internal.check.Check;
import java.util.Arrays;

/**
 * A prompt of token ids, which are passed on unchanged ({@code RKLLM_INPUT_TOKEN}). No template is
 * applied to it. The ids are those of the model's vocabulary; the runtime has no function that
 * tokenizes text.
 */
public final class TokenPrompt implements Input {
  private final int[] ids;

  private TokenPrompt(int[] ids) {
    this.ids = ids;
  }

  /**
   * Returns a prompt of the given tokens; the array is copied.
   *
   * @param ids the token ids, at least one, none negative
   * @throws IllegalArgumentException if there are no ids, or one is negative
   */
  public static TokenPrompt of(int... ids) {
    int[] copy = Check.nonNull("ids", ids).clone();
    if (copy.length == 0) {
      throw new IllegalArgumentException("no token id was given; at least one is required");
    }
    for (int i = 0; i < copy.length; i++) {
      if (copy[i] < 0) {
        throw new IllegalArgumentException(
            "token ids must not be negative, was " + copy[i] + " at index " + i);
      }
    }
    return new TokenPrompt(copy);
  }

  /** Returns a copy of the ids. */
  public int[] ids() {
    return ids.clone();
  }

  /** Returns the number of tokens. */
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

  /** Returns a string such as {@code 12 tokens}. */
  @Override
  public String toString() {
    return ids.length + " tokens";
  }
}
