package io.rkllm.examples.bench;

/** How long to measure. */
public enum Effort {
  /** Enough to see that everything still can be measured; the figures mean nothing. */
  TRIAL,
  /** Enough to see where a figure stands: less than five minutes for all. */
  SHORT,
  /** Enough to quote it: half an hour or more. */
  FULL;

  /** One or the other. */
  public int of(int whenShort, int whenFull) {
    return switch (this) {
      case TRIAL -> Math.max(1, whenShort / 50);
      case SHORT -> whenShort;
      case FULL -> whenFull;
    };
  }
}
