package io.rkllm.ffm;

import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A release of the runtime, from its version line. Immutable.
 *
 * @param text as it stands there, such as {@code 1.2.1b1}
 */
record Release(String text, int major, int minor, int patch) {
  private static final Pattern NUMBERS =
      Pattern.compile("(\\d{1,4})\\.(\\d{1,4})\\.(\\d{1,4})\\w{0,16}");

  /**
   * The releases whose header has been compared with the layouts here, and the ABI of each. Those
   * of 1.2.1 and 1.2.2 are laid out as 1.2.3; a test holds the others to the golden files.
   */
  static final Map<String, Abi> KNOWN =
      Map.of(
          "1.2.1", Abi12.INSTANCE,
          "1.2.2", Abi12.INSTANCE,
          "1.2.3", Abi12.INSTANCE,
          "1.3.0", Abi13.V1_3_0,
          "1.3.1", Abi13.V1_3_1);

  /** Those in which {@code rkllm_run_async} hangs or gives empty texts. */
  private static final Set<String> ASYNC_BROKEN = Set.of("1.2.1", "1.2.2");

  /** Reads a release, or null if the text is none. */
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

  /** Whether it is from before 1.2.1, the first that this SDK can call. */
  boolean tooOld() {
    return compareTo(1, 2, 1) < 0;
  }

  /** Returns whether its ABI is known, rather than taken to be that of the release before it. */
  boolean known() {
    return KNOWN.containsKey(text);
  }

  /** Whether asynchronous runs are known to fail in the release of this name. */
  static boolean isAsyncBroken(String release) {
    Release parsed = parse(release);
    return parsed != null
        && ASYNC_BROKEN.contains(parsed.major + "." + parsed.minor + "." + parsed.patch);
  }

  /** Returns the ABI of this release, or of the last known one before it. */
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
