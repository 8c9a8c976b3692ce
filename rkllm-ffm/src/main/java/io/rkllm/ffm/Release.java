package io.rkllm.ffm;

import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A release of the runtime, according to its version line. Immutable.
 *
 * @param text the release as written there, such as {@code 1.2.1b1}
 */
record Release(String text, int major, int minor, int patch) {
  private static final Pattern NUMBERS =
      Pattern.compile("(\\d{1,4})\\.(\\d{1,4})\\.(\\d{1,4})\\w{0,16}");

  /**
   * The ABIs of the releases whose headers have been compared with the layouts in this package. The
   * layouts of 1.2.1 and 1.2.2 equal that of 1.2.3; a test compares the others with the golden
   * files.
   */
  static final Map<String, Abi> KNOWN =
      Map.of(
          "1.2.1", Abi12.INSTANCE,
          "1.2.2", Abi12.INSTANCE,
          "1.2.3", Abi12.INSTANCE,
          "1.3.0", Abi13.V1_3_0,
          "1.3.1", Abi13.V1_3_1);

  /** The releases in which {@code rkllm_run_async} hangs or returns empty text. */
  private static final Set<String> ASYNC_BROKEN = Set.of("1.2.1", "1.2.2");

  /** Parses a release. Returns null if the text is not one. */
  static @Nullable Release parse(String text) {
    Matcher matcher = NUMBERS.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    return new Release(
        text,
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3)));
  }

  /** Returns whether this release is earlier than 1.2.1, the first that the SDK supports. */
  boolean tooOld() {
    return compareTo(1, 2, 1) < 0;
  }

  /** Returns whether the ABI is known, rather than assumed to be that of the preceding release. */
  boolean known() {
    return KNOWN.containsKey(text);
  }

  /** Returns whether asynchronous runs are known to fail in the given release. */
  static boolean isAsyncBroken(String release) {
    Release parsed = parse(release);
    return parsed != null
        && ASYNC_BROKEN.contains(parsed.major + "." + parsed.minor + "." + parsed.patch);
  }

  /** Returns the ABI of this release, or of the last known release before it. */
  Abi abi() {
    Abi known = KNOWN.get(text);
    if (known != null) {
      return known;
    }
    if (compareTo(1, 3, 0) < 0) {
      return Abi12.INSTANCE;
    }
    return compareTo(1, 3, 1) < 0 ? Abi13.V1_3_0 : Abi13.V1_3_1;
  }

  private int compareTo(int otherMajor, int otherMinor, int otherPatch) {
    if (major != otherMajor) {
      return Integer.compare(major, otherMajor);
    }
    return minor != otherMinor
        ? Integer.compare(minor, otherMinor)
        : Integer.compare(patch, otherPatch);
  }
}
