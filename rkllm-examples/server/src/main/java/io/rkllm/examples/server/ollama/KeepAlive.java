package io.rkllm.examples.server.ollama;

import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads a keep-alive time: seconds, or a duration in the format of Go, such as {@code 1h30m}. */
final class KeepAlive {
  private static final String FIELD = "keep_alive";
  private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ms|s|m|h)");
  private static final Pattern DURATION = Pattern.compile("-?(?:" + PART + ")+");
  private static final Pattern SECONDS = Pattern.compile("-?\\d{1,9}");
  private static final Map<String, Double> UNITS =
      Map.of("ms", 1.0, "s", 1_000.0, "m", 60_000.0, "h", 3_600_000.0);
  private static final int MAX_LENGTH = 100; // the pattern uses stack for each part
  private static final double MAX_MILLIS = Duration.ofDays(36_500).toMillis();

  private KeepAlive() {}

  /** Returns the time; null for the default, negative for forever. */
  static @Nullable Duration read(RequestObject body) {
    JsonNode value = body.value(FIELD);
    if (value == null) {
      return null;
    }
    if (value.isNumber()) {
      return millis(Json.number(value) * 1_000);
    }
    boolean readable = value.isString() && value.stringValue().length() <= MAX_LENGTH;
    String text = readable ? value.stringValue().strip() : "";
    if (SECONDS.matcher(text).matches()) {
      return millis(Double.parseDouble(text) * 1_000);
    }
    if (!DURATION.matcher(text).matches()) {
      throw RequestException.badParameter(
          FIELD,
          FIELD
              + " must be seconds or a duration such as \"5m\" or \"1h30m\", negative for indefinitely, 0"
              + " to unload at once"
              + (readable ? "; was " + value : ""));
    }
    double sum = 0;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      sum += Double.parseDouble(part.group(1)) * UNITS.getOrDefault(part.group(2), 0.0);
    }
    return millis(text.startsWith("-") ? -sum : sum);
  }

  private static Duration millis(double millis) {
    return Duration.ofMillis((long) Math.clamp(millis, -1, MAX_MILLIS));
  }
}
