package io.rkllm.tools.internal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Checks of arguments. Each error message contains the value, the allowed values, and what to do.
 */
public final class Check {
  private static final Duration HUNDRED_YEARS = Duration.ofDays(36_500);

  private Check() {}

  /** Refuses null. */
  public static <T> T nonNull(String name, @Nullable T value) {
    if (value == null) {
      throw new IllegalArgumentException(name + " must not be null");
    }
    return value;
  }

  /** Copies a list; rejects null and null elements. */
  public static <T> List<T> copy(String name, @Nullable List<? extends @Nullable T> values) {
    List<T> copy = new ArrayList<>();
    for (T value : nonNull(name, values)) {
      copy.add(nonNull(name + "[" + copy.size() + "]", value));
    }
    return List.copyOf(copy);
  }

  /** Refuses what is outside [min, max]. */
  public static int inRange(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + " must be in [" + min + ", " + max + "], was " + value);
    }
    return value;
  }

  /** Refuses null, what is not above zero, and what is above a hundred years. */
  public static Duration positive(String name, @Nullable Duration value) {
    Duration duration = nonNull(name, value);
    if (!duration.isPositive() || duration.compareTo(HUNDRED_YEARS) > 0) {
      throw new IllegalArgumentException(
          name + " must be positive and at most " + HUNDRED_YEARS + ", was " + duration);
    }
    return duration;
  }

  /** Refuses anything but a file that can be read; returns it as an absolute path. */
  public static Path readableFile(String name, @Nullable Path value) {
    Path path = nonNull(name, value).toAbsolutePath();
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException(
          name + " " + path + (Files.exists(path) ? " is not a file" : " does not exist"));
    }
    if (!Files.isReadable(path)) {
      throw new IllegalArgumentException(
          name + " " + path + " cannot be read by this user; check its permissions");
    }
    return path;
  }

  /**
   * Rejects text that would not reach native code unchanged: a NUL character would end the C string
   * early, and a lone surrogate has no UTF-8 form.
   */
  public static String text(String name, @Nullable String value) {
    String text = nonNull(name, value);
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      if (c == 0) {
        throw new IllegalArgumentException(
            name
                + " has a NUL character at index "
                + i
                + ", where a C string would end; remove it");
      }
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s has a lone surrogate (U+%04X) at index %d, which has no UTF-8 form; remove or"
                    + " replace it",
                name,
                c,
                i));
      }
    }
    return text;
  }

  /** Checks text as {@link #text} does, and also rejects the empty string. */
  public static String nonEmptyText(String name, @Nullable String value) {
    String text = text(name, value);
    if (text.isEmpty()) {
      throw new IllegalArgumentException(name + " must not be empty");
    }
    return text;
  }
}
