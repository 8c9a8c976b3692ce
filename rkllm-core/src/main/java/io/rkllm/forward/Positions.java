package io.rkllm.forward;

import io.rkllm.internal.Check;
import java.util.stream.IntStream;

/** Which positions of a prompt are wanted. Immutable. */
public sealed interface Positions {

  /** The last position. */
  static Positions last() {
    return last(1);
  }

  /**
   * The last positions, or all where there are fewer.
   *
   * @throws IllegalArgumentException if the count is below 1
   */
  static Positions last(int count) {
    return new Last(count);
  }

  /** All positions. */
  static Positions all() {
    return last(Integer.MAX_VALUE);
  }

  /**
   * These positions, in this order.
   *
   * @param positions from 0, at least one
   * @throws IllegalArgumentException if there is none, or one is negative
   */
  static Positions of(int... positions) {
    int[] copy = Check.nonNull("positions", positions).clone();
    if (copy.length == 0) {
      throw new IllegalArgumentException("no position was given; name at least one");
    }
    for (int position : copy) {
      Check.inRange("position", position, 0, Integer.MAX_VALUE);
    }
    return new Chosen(copy);
  }

  /** The positions among those of a prompt of this many tokens. */
  IntStream among(int tokens);

  /** The last ones. */
  record Last(int count) implements Positions {
    /** Refuses a count below 1. */
    public Last {
      Check.inRange("count", count, 1, Integer.MAX_VALUE);
    }

    @Override
    public IntStream among(int tokens) {
      return IntStream.range(Math.max(0, tokens - count), tokens);
    }
  }

  /** Chosen ones. */
  final class Chosen implements Positions {
    private final int[] positions;

    private Chosen(int[] positions) {
      this.positions = positions;
    }

    @Override
    public IntStream among(int tokens) {
      return IntStream.of(positions);
    }
  }
}
