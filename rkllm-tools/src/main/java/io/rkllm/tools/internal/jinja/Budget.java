package io.rkllm.tools.internal.jinja;

import java.time.Duration;

/**
 * The remaining budget of one rendering for reading, creating, and writing values, and its
 * deadline. Templates come with models and are not trusted, so all work is charged before it is
 * done. Units are roughly bytes: a rendering never holds more memory than the limit. Confined to
 * the thread that renders.
 */
final class Budget {
  /** The maximum amount of work of a rendering. */
  static final long LIMIT = 32L << 20;

  /** The maximum duration of a rendering, far longer than the limit requires on any board. */
  static final Duration TIME = Duration.ofSeconds(10);

  private static final ScopedValue<Budget> CURRENT = ScopedValue.newInstance();

  private static final int STEP = 4;
  private static final int OBJECT = 48;
  private static final int ELEMENT = 16;
  private static final int ENTRY = 64;
  private static final int CHARACTER = 2;
  private static final int BUILT_CHARACTER = 6; // a builder that grows holds three copies
  private static final int CHARACTERS_READ = 16; // so many for one unit
  private static final int UNITS_BETWEEN_LOOKS = 1 << 14; // at the clock

  private final long limit;
  private final Duration time;
  private final long start = System.nanoTime();
  private long left;
  private long nextLook;

  Budget(long limit, Duration time) {
    this.limit = limit;
    this.time = time;
    left = limit;
    nextLook = limit;
  }

  /** Runs what is charged to this budget, on this thread. */
  void run(Runnable work) {
    ScopedValue.where(CURRENT, this).run(work);
  }

  void step() {
    charge(STEP);
  }

  private void charge(long units) {
    if (units > left) {
      throw new JinjaException(
          "it does more than the limit of "
              + limit
              + " units (about bytes made) allows; shorten the conversation or take another template");
    }
    left -= units;
    if (left < nextLook) {
      nextLook = left - UNITS_BETWEEN_LOOKS;
      if (System.nanoTime() - start > time.toNanos()) {
        throw new JinjaException(
            "it takes longer than the limit of "
                + time.toMillis()
                + " ms; shorten the conversation or take another template");
      }
    }
  }

  private static void current(long units) {
    CURRENT.get().charge(units);
  }

  /** Charges a string that is read to its end. */
  static void read(String text) {
    current(STEP + text.length() / CHARACTERS_READ);
  }

  /** Charges a search: at worst, each character of the one is compared with each of the other. */
  static void search(String text, String part) {
    current(STEP + (long) text.length() * (1 + part.length() / 32) / CHARACTERS_READ);
  }

  /** Charges a value of fixed size, such as a number. */
  static void object() {
    current(OBJECT);
  }

  /** Charges a string of so many characters that is made at once. */
  static void text(long characters) {
    current(OBJECT + CHARACTER * characters);
  }

  /** Charges so many characters that are added to a builder. */
  static void built(long characters) {
    current(BUILT_CHARACTER * characters);
  }

  /** Charges a list of so many values, which are charged where they are made. */
  static void elements(long count) {
    current(STEP + ELEMENT * count);
  }

  /** Charges so many values of a fixed size and the list of them. */
  static void objects(long count) {
    current(STEP + (ELEMENT + OBJECT) * count);
  }

  /** Charges a dictionary of so many entries, whose values are charged where they are made. */
  static void entries(long count) {
    current(STEP + ENTRY * count);
  }
}
