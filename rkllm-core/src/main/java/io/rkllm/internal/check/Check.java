package io.rkllm.internal.check;

import io.rkllm.input.Role;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Validates arguments, with uniform error messages that contain the name, the allowed range and the
 * value.
 */
public final class Check {
  private static final Duration HUNDRED_YEARS = Duration.ofDays(36_500);
  private static final int MAX_WIDTH = 65_536;

  private Check() {}

  /** Rejects null. */
  public static <T> T nonNull(String name, @Nullable T value) {
    if (value == null) {
      throw new IllegalArgumentException(name + " must not be null");
    }
    return value;
  }

  /** Copies a list. Rejects null, and lists that contain null. */
  public static <T> List<T> copy(String name, @Nullable List<? extends @Nullable T> values) {
    List<T> copy = new ArrayList<>();
    for (T value : nonNull(name, values)) {
      copy.add(nonNull(name + "[" + copy.size() + "]", value));
    }
    return List.copyOf(copy);
  }

  /** Rejects values outside [min, max]. */
  public static int inRange(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + " must be in [" + min + ", " + max + "], was " + value);
    }
    return value;
  }

  /** Rejects NaN and values outside [min, max]. */
  public static float inRange(String name, double value, double min, double max) {
    if (!(value >= min && value <= max)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s must be in [%s, %s], was %s", name, min, max, value));
    }
    return (float) value;
  }

  /** Rejects NaN, values that are not above 0, and values above max. */
  public static float positive(String name, double value, double max) {
    if (!((float) value > 0 && value <= max)) { // values too small for a float become 0
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%s must be above 0 and at most %s, was %s", name, max, value));
    }
    return (float) value;
  }

  /** Rejects null, durations that are not positive, and those above a hundred years. */
  public static Duration positive(String name, @Nullable Duration value) {
    Duration duration = nonNull(name, value);
    if (!duration.isPositive() || duration.compareTo(HUNDRED_YEARS) > 0) {
      throw new IllegalArgumentException(
          name + " must be positive and at most " + HUNDRED_YEARS + ", was " + duration);
    }
    return duration;
  }

  /** Rejects null, negative durations, and those above a hundred years. */
  public static Duration notNegative(String name, @Nullable Duration value) {
    Duration duration = nonNull(name, value);
    if (duration.isNegative() || duration.compareTo(HUNDRED_YEARS) > 0) {
      throw new IllegalArgumentException(
          name + " must be between zero and " + HUNDRED_YEARS + ", was " + duration);
    }
    return duration;
  }

  /** Rejects null, and paths of a file system other than the default one. */
  public static Path file(String name, @Nullable Path value) {
    Path path = nonNull(name, value);
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      throw new IllegalArgumentException(
          name
              + " must be a path of the default file system, which native code can open, was "
              + path.toUri());
    }
    return path;
  }

  /** Returns the absolute path of a file. Rejects anything that is not a readable file. */
  public static Path readableFile(String name, @Nullable Path value) {
    Path path = file(name, value).toAbsolutePath();
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException(
          name + " " + path + (Files.exists(path) ? " is not a file" : " does not exist"));
    }
    if (!Files.isReadable(path)) {
      throw new IllegalArgumentException(
          name + " " + path + " is not readable by this user; check its permissions");
    }
    return path;
  }

  /** Rejects a file that cannot be written, as far as this can be determined without writing. */
  public static Path writableFile(String name, Path path) {
    Path folder = path.getParent();
    if (Files.isDirectory(path)) {
      throw new IllegalArgumentException(name + " " + path + " is a folder; specify a file");
    }
    if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new IllegalArgumentException(
          name + " " + path + " cannot be written: its folder does not exist or is not writable");
    }
    return path;
  }

  /**
   * Rejects text that native code would not receive unchanged: a NUL character would end the C
   * string, and an unpaired surrogate has no UTF-8 form.
   */
  public static String text(String name, @Nullable String value) {
    String text = nonNull(name, value);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw new IllegalArgumentException(
            name
                + " contains a NUL character at index "
                + i
                + ", where a C string would end; remove it");
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s contains an unpaired surrogate (U+%04X) at index %d, which has no UTF-8 form;"
                    + " remove or replace it",
                name,
                (int) c,
                i));
      }
    }
    return text;
  }

  /** Rejects the same text as {@link #text}, and the empty string. */
  public static String nonEmptyText(String name, @Nullable String value) {
    String text = text(name, value);
    if (text.isEmpty()) {
      throw new IllegalArgumentException(name + " must not be empty");
    }
    return text;
  }

  /** Rejects roles that the runtime does not support for a prompt. */
  public static Role promptRole(@Nullable Role value) {
    Role role = nonNull("role", value);
    if (role != Role.USER && role != Role.TOOL) {
      throw new IllegalArgumentException(
          "role of a prompt must be USER or TOOL, was "
              + role
              + "; a system prompt is an option of the session");
    }
    return role;
  }

  /** Rejects a length that is not a whole number of rows. */
  public static void rows(String name, long length, int width) {
    inRange("width", width, 1, MAX_WIDTH);
    if (length % width != 0) {
      throw new IllegalArgumentException(
          name
              + " must be a whole number of rows of "
              + width
              + " floats, was "
              + length
              + " floats; check the width");
    }
  }

  /** Rejects a length that does not match the product of the counts and the width. */
  public static void rows(String name, long length, int width, String what, int... counts) {
    inRange("embeddingWidth", width, 1, MAX_WIDTH);
    long expected = width;
    StringBuilder shape = new StringBuilder();
    for (int count : counts) {
      expected = Math.min(expected, 1L << 31) * count; // no memory is larger than this
      shape.append(count).append(" × ");
    }
    if (length != expected) {
      throw new IllegalArgumentException(
          "%s must have %d floats (%s: %s%d), has %d"
              .formatted(name, expected, what, shape, width, length));
    }
  }
}
