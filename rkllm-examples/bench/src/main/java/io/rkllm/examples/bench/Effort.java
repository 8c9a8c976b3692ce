package io.rkllm.examples.bench;

/** The duration of the benchmarks. */
public enum Effort {
  /** Runs every benchmark briefly to check that it works; the results are meaningless. */
  TRIAL,
  /** Gives approximate results, in less than five minutes overall. */
  SHORT,
  /** Gives results fit for publication, in half an hour or more. */
  FULL;

  /** Returns the first value for short runs, and the second one for full runs. */
  public int of(int whenShort, int whenFull) {
    return switch (this) {
      case TRIAL -> Math.max(1, whenShort / 50);
      case SHORT -> whenShort;
      case FULL -> whenFull;
    };
  }
}
