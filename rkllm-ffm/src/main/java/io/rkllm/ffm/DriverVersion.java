package io.rkllm.ffm;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A version of the rknpu kernel driver. Versions are ordered numerically: 0.10.0 is later than
 * 0.9.8.
 */
record DriverVersion(int major, int minor, int patch) implements Comparable<DriverVersion> {
  /** The version that the vendor's manual requires since release 1.3.0. */
  static final DriverVersion WANTED = new DriverVersion(0, 9, 8);

  /** The earliest version with which models are not known to fail. */
  static final DriverVersion LEAST = new DriverVersion(0, 9, 6);

  private static final Pattern NUMBERS =
      Pattern.compile("v?(\\d{1,6})\\.(\\d{1,6})(?:\\.(\\d{1,6}))?");

  private static final Comparator<DriverVersion> ORDER =
      Comparator.comparingInt(DriverVersion::major)
          .thenComparingInt(DriverVersion::minor)
          .thenComparingInt(DriverVersion::patch);

  /** Parses a version. Returns null if the text is not one. */
  static @Nullable DriverVersion parse(String text) {
    Matcher matcher = NUMBERS.matcher(text.strip());
    if (!matcher.matches()) {
      return null;
    }
    String patch = matcher.group(3);
    return new DriverVersion(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        patch == null ? 0 : Integer.parseInt(patch));
  }

  @Override
  public int compareTo(DriverVersion other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
