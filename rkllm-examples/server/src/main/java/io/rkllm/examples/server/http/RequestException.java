package io.rkllm.examples.server.http;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Thrown when a request is rejected. Each dialect reports it in its own format. */
public final class RequestException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * The maximum length of a message, since a quoted part of a request may be as long as its body.
   */
  private static final int MAX_CHARS = 2_000;

  private final int status;
  private final String code;
  private final @Nullable String parameter;
  private final @Nullable Duration retryAfter;

  private RequestException(
      int status,
      String code,
      @Nullable String parameter,
      String message,
      @Nullable Duration retryAfter) {
    super(shorten(message, MAX_CHARS), null, false, false);
    this.status = status;
    this.code = code;
    this.parameter = parameter;
    this.retryAfter = retryAfter;
  }

  /** Replaces the middle of a text that is too long; messages end with the action to take. */
  static String shorten(String text, int maxChars) {
    if (text.length() <= maxChars) {
      return text;
    }
    int head = maxChars / 2;
    int tail = text.length() - maxChars / 2;
    if (Character.isHighSurrogate(text.charAt(head - 1))) {
      head--;
    }
    if (Character.isLowSurrogate(text.charAt(tail))) {
      tail++;
    }
    return "%s[… %d characters …]%s"
        .formatted(text.substring(0, head), tail - head, text.substring(tail));
  }

  /** Creates an exception with a status, a code for programs and a message for people. */
  public static RequestException of(int status, String code, String message) {
    return new RequestException(status, code, null, message, null);
  }

  /** Creates an exception with status 400 for an invalid parameter. */
  public static RequestException badParameter(String parameter, String message) {
    return new RequestException(400, "invalid_value", parameter, message, null);
  }

  /** Creates an exception with status 400 for a parameter that is not supported. */
  public static RequestException unsupported(String parameter, String message) {
    return new RequestException(400, "unsupported_parameter", parameter, message, null);
  }

  /** Creates an exception with status 503, which asks the client to try again later. */
  public static RequestException busy(String message) {
    return new RequestException(503, "server_busy", null, message, Duration.ofSeconds(5));
  }

  /** Returns the HTTP status. */
  public int status() {
    return status;
  }

  /** Returns the code of the error, for programs. */
  public String code() {
    return code;
  }

  /** Returns the name of the invalid parameter, if the error is about one. */
  public Optional<String> parameter() {
    return Optional.ofNullable(parameter);
  }

  /** Returns the delay after which a retry may help. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /** Returns the error message. */
  public String message() {
    return String.valueOf(getMessage());
  }
}
