package io.rkllm.ffm;

/**
 * Scales the number of repetitions in tests by the system property {@code rkllm.test.scale}, a
 * factor that is reduced where everything is slow.
 */
final class Scale {
  private static final double FACTOR =
      Double.parseDouble(System.getProperty("rkllm.test.scale", "1"));

  private Scale() {}

  /** Returns the scaled number, at least 1. */
  static int of(int times) {
    return Math.max(1, (int) (times * FACTOR));
  }
}
