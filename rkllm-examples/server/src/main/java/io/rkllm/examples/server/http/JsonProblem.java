package io.rkllm.examples.server.http;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;

/**
 * Describes why a body cannot be read as JSON, for clients: without the parser's advice about its
 * own options.
 */
final class JsonProblem {
  private static final Pattern ADVICE =
      Pattern.compile(
          "(?s)\\s*(\\(?for \\w+ starting )?at \\[Source.*|\n.*|: enable `[^`]*` to allow"
              + "|: maybe a \\(non-standard\\) comment\\?.*|, from `[^`]*`|\\s*\\(start marker\\b.*");
  private static final Pattern DUPLICATE = Pattern.compile("Duplicate.*?['\"]([^'\"]{1,80})['\"]");

  private JsonProblem() {}

  static String of(JacksonException e) {
    String message = String.valueOf(e.getOriginalMessage());
    if (e instanceof StreamConstraintsException) {
      return "the body is more JSON than this server reads: " + withoutAdvice(message);
    }
    Matcher duplicate = DUPLICATE.matcher(message);
    String problem =
        duplicate.find()
            ? "the member %s occurs twice in an object".formatted(duplicate.group(1))
            : message.startsWith("Trailing")
                ? "there is more after the end of the object"
                : withoutAdvice(message);
    var place = e.getLocation();
    return place == null || place.getLineNr() < 1
        ? "the body is not JSON: " + problem
        : "the body is not JSON: %s (line %d, column %d)"
            .formatted(problem, place.getLineNr(), place.getColumnNr());
  }

  private static String withoutAdvice(String message) {
    return ADVICE.matcher(message).replaceAll("").replace("((CTRL-CHAR, code ", "((code ");
  }
}
