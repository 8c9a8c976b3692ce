package io.rkllm.ffm;

/**
 * How often tests repeat what they do very often: the system property {@code rkllm.test.scale}, a
 * factor, makes it less where everything is slow.
 */
final class Scale {
  private static final double FACTOR =
      Double.parseDouble(System.getProperty("rkllm.test.scale", "1"));

  private Scale() {}

  /** So many times, scaled; once at least. */
  static int of(int times) {
    return Math.max(1, (int) (times * FACTOR));
  }
}
