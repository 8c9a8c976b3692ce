package io.rkllm.forward;

import io.rkllm.internal.check.Check;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Selects positions of a prompt. Immutable. */
public final class Positions {
  private final IntFunction<IntStream> ofTokens;

  private Positions(IntFunction<IntStream> ofTokens) {
    this.ofTokens = ofTokens;
  }

  /** Selects the last position. */
  public static Positions last() {
    return last(1);
  }

  /**
   * Selects the last positions, or all of them if there are fewer.
   *
   * @throws IllegalArgumentException if the count is below 1
   */
  public static Positions last(int count) {
    Check.inRange("count", count, 1, Integer.MAX_VALUE);
    return new Positions(tokens -> IntStream.range(Math.max(0, tokens - count), tokens));
  }

  /** Selects all positions. */
  public static Positions all() {
    return last(Integer.MAX_VALUE);
  }

  /**
   * Selects the given positions, in the given order.
   *
   * @param positions positions counted from 0, at least one
   * @throws IllegalArgumentException if no position is given, or one is negative
   */
  public static Positions of(int... positions) {
    int[] copy = Check.nonNull("positions", positions).clone();
    if (copy.length == 0) {
      throw new IllegalArgumentException("no position was given; at least one is required");
    }
    for (int position : copy) {
      Check.inRange("position", position, 0, Integer.MAX_VALUE);
    }
    return new Positions(_ -> IntStream.of(copy));
  }

  /**
   * Returns the selected positions of a prompt with the given number of tokens. Positions that were
   * given explicitly may lie beyond it.
   */
  public IntStream among(int tokens) {
    return ofTokens.apply(tokens);
  }
}
