package io.rkllm.ffm;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Suggests remedies for error messages of the runtime. */
final class Remedies {
  private static final String UPGRADE_DRIVER = "upgrade the rknpu kernel driver to 0.9.8 or later";

  private static final List<Remedy> REMEDIES =
      List.of(
          new Remedy(
              "model magic",
              "the file is not a model for this runtime; convert it again with a compatible release"
                  + " of the rkllm-toolkit"),
          new Remedy(
              "max_context\\[\\d+\\] must be less than .*\\[(\\d+)\\]",
              found ->
                  "load it with a context length of at most "
                      + found.group(1)
                      + ", the limit it was converted with"),
          new Remedy("enabled CPUs", "enable at least as many CPUs as the model has NPU cores"),
          new Remedy(
              "malloc npu memory",
              "close other models, use a separate base domain for each, use a smaller model, or a"
                  + " shorter context length"),
          new Remedy(
              "Platform error(?:.*?must be (?:either )?(.+?)\\. Your platform is (\\S+))?",
              Remedies::platform),
          new Remedy(
              "failed to open rknpu module",
              "check that the rknpu driver is loaded and that this user, or this container, has"
                  + " access to its device node"),
          new Remedy(
              "driver version is too low(?:.*?upgrade to (\\d[\\w.]*\\d))?",
              found -> upgrade(found.group(1))),
          new Remedy("matmul\\(.*?\\) run failed", UPGRADE_DRIVER));

  /**
   * A remedy for an error message.
   *
   * @param pattern matches a line of the runtime's output
   * @param advice creates the advice from the match
   */
  private record Remedy(Pattern pattern, Function<MatchResult, String> advice) {
    Remedy(String regex, Function<MatchResult, String> advice) {
      this(Pattern.compile(regex), advice);
    }

    Remedy(String regex, String advice) {
      this(regex, _ -> advice);
    }

    @Nullable String adviceFor(String line) {
      Matcher matcher = pattern.matcher(line);
      return matcher.find() ? advice.apply(matcher.toMatchResult()) : null;
    }
  }

  private Remedies() {}

  /**
   * Returns a sentence that begins with "To fix this", or an empty string if no remedy is known.
   *
   * @param complaints lines of the runtime's output
   */
  static String of(List<String> complaints) {
    List<String> advice =
        REMEDIES.stream()
            .flatMap(remedy -> complaints.stream().map(remedy::adviceFor))
            .filter(found -> found != null)
            .distinct()
            .toList();
    return advice.isEmpty() ? "" : "To fix this: " + String.join("; or ", advice) + ".";
  }

  private static String platform(MatchResult found) {
    String chips = found.group(1);
    String chip = found.group(2);
    if (chip == null) {
      return "the model was converted for another chip; convert it for this one";
    }
    chip = chip.replaceAll("\\W+$", "");
    String lower = chip.toLowerCase(Locale.ROOT);
    if (lower.equals("lite") || lower.equals("unknown")) {
      return "the runtime does not support this chip, which it calls "
          + chip
          + "; use a board with one of "
          + chips;
    }
    return "the model was converted for a chip other than this "
        + chip
        + " (the runtime knows "
        + chips
        + "); convert it with target_platform "
        + chip;
  }

  private static String upgrade(@Nullable String wanted) {
    return wanted == null || wanted.equals("0.9.8")
        ? UPGRADE_DRIVER
        : UPGRADE_DRIVER + " (this runtime asks for " + wanted + ")";
  }
}
