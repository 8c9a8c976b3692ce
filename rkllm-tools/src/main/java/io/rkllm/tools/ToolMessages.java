package io.rkllm.tools;

import io.rkllm.stream.Thrown;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.schema.ModelText;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Error messages sent to the model in place of a tool result: {@code {"error": "…"}}. */
final class ToolMessages {
  private static final Logger LOG = LoggerFactory.getLogger(ToolSession.class);

  /** The maximum number of characters of a message sent to the model, whose context is small. */
  private static final int MAX_LENGTH = 1_000;

  static final String CANCELLED = error("The call was canceled by the user.");
  static final String LENGTH =
      error("The call did not run, since the answer was cut short. Make it again if need be.");

  /** The text recorded as the model's answer where it was not allowed to continue. */
  static final String STOPPED = "(stopped here)";

  private ToolMessages() {}

  static String tooManyCalls(int limit) {
    return error(
        "The call did not run: no more than "
            + limit
            + " calls may be made for one question. Answer with what you have.");
  }

  static String tooManyTurns() {
    return error("The call did not run: there have been too many rounds of calls.");
  }

  static String timedOut(Duration timeout) {
    return error("The tool gave no result within " + seconds(timeout) + " s.");
  }

  private static String seconds(Duration duration) {
    return BigDecimal.valueOf(duration.toMillis(), 3).stripTrailingZeros().toPlainString();
  }

  static String rejected(String words) {
    return error(words.isBlank() ? "The call was not approved." : words);
  }

  static String malformed(String reason) {
    return "A tool call could not be read: " + reason + ". Write it again, or answer without it.";
  }

  /**
   * Returns the error message for an exception thrown by a tool.
   *
   * @param ownWords the application's function that returns the error message, or null
   */
  static String failed(Throwable thrown, @Nullable Function<? super Throwable, String> ownWords) {
    if (ownWords != null) {
      try {
        String words = ownWords.apply(thrown);
        if (words != null) {
          return error(words);
        }
      } catch (Throwable again) {
        Thrown.warn(
            LOG,
            "The function given to errorMessage threw; the tool's exception is reported",
            again);
      }
    }
    String message = Thrown.message(thrown);
    return error(
        message == null || message.isBlank() ? thrown.getClass().getSimpleName() : message);
  }

  static String error(String words) {
    return Json.write(Map.of("error", ModelText.sanitize(ModelText.truncate(words, MAX_LENGTH))));
  }
}
