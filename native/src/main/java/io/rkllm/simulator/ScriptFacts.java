package io.rkllm.simulator;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * The facts about the model in a script: its directives before the first rule.
 *
 * @param script the whole script
 * @param directives the values by name; the last one counts
 */
record ScriptFacts(String script, Map<String, String> directives) {
  private static final String MAGIC = "RKLLM-SIMULATOR-MODEL 1";

  static ScriptFacts of(String script) {
    if (!script.startsWith(MAGIC)) {
      throw new IllegalArgumentException(
          "script: its first line must be " + MAGIC + ", see docs/simulator-models.md");
    }
    Map<String, String> directives =
        script
            .lines()
            .skip(1)
            .map(String::strip)
            .takeWhile(line -> !line.startsWith("when:"))
            .filter(line -> !line.startsWith("#") && line.contains(":"))
            .map(line -> line.split("\\s*:\\s*", 2))
            .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1], (a, b) -> b));
    return new ScriptFacts(script, directives);
  }

  String text(String directive, String otherwise) {
    String value = directives.getOrDefault(directive, otherwise);
    boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  /** Returns a number, which the simulator reads and checks again when it loads the file. */
  int number(String directive, int otherwise) {
    String value = directives.get(directive);
    try {
      return value == null ? otherwise : Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(directive + ": '" + value + "' is not a number", e);
    }
  }
}
