package io.rkllm.forward;

import io.rkllm.internal.check.Check;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Which positions of a prompt are wanted. Immutable. */
public final class Positions {
  private final IntFunction<IntStream> ofTokens;

  private Positions(IntFunction<IntStream> ofTokens) {
    this.ofTokens = ofTokens;
  }

  /** The last position. */
  public static Positions last() {
    return last(1);
  }

  /**
   * The last positions, or all where there are fewer.
   *
   * @throws IllegalArgumentException if the count is below 1
   */
  public static Positions last(int count) {
    Check.inRange("count", count, 1, Integer.MAX_VALUE);
    return new Positions(tokens -> IntStream.range(Math.max(0, tokens - count), tokens));
  }

  /** All positions. */
  public static Positions all() {
    return last(Integer.MAX_VALUE);
  }

  /**
   * These positions, in this order.
   *
   * @param positions from 0, at least one
   * @throws IllegalArgumentException if there is none, or one is negative
   */
  public static Positions of(int... positions) {
    int[] copy = Check.nonNull("positions", positions).clone();
    if (copy.length == 0) {
      throw new IllegalArgumentException("no position was given; name at least one");
    }
    for (int position : copy) {
      Check.inRange("position", position, 0, Integer.MAX_VALUE);
    }
    return new Positions(_ -> IntStream.of(copy));
  }

  /** The positions, for a prompt of this many tokens; they may lie beyond it. */
  public IntStream among(int tokens) {
    return ofTokens.apply(tokens);
  }
}
