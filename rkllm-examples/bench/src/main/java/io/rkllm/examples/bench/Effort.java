package io.rkllm.examples.bench;

/** How long to measure: the short form takes less than five minutes, the full one an hour or so. */
public enum Effort {
  /** Enough to see where a figure stands. */
  SHORT,
  /** Enough to quote it. */
  FULL;

  /** One or the other. */
  public int of(int whenShort, int whenFull) {
    return this == SHORT ? whenShort : whenFull;
  }
}
