package io.rkllm.ffm;

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

  /** Those whose header was compared with the layouts here. */
  private static final Set<String> KNOWN = Set.of("1.2.1", "1.2.2", "1.2.3", "1.3.0", "1.3.1");

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

  /** Whether its ABI is known, rather than hoped to be that of its forerunner. */
  boolean known() {
    return KNOWN.contains(major + "." + minor + "." + patch);
  }

  /** Whether asynchronous runs are known to fail in the release of this name. */
  static boolean isAsyncBroken(String release) {
    Release parsed = parse(release);
    return parsed != null
        && ASYNC_BROKEN.contains(parsed.major + "." + parsed.minor + "." + parsed.patch);
  }

  /** The ABI of this release; of later ones the latest. */
  Abi abi() {
    return compareTo(1, 3, 0) < 0 ? Abi12.INSTANCE : Abi13.INSTANCE;
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
