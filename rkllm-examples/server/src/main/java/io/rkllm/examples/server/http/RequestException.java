package io.rkllm.examples.server.http;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request that is refused: what its dialect tells the client. */
public final class RequestException extends RuntimeException {
  private static final long serialVersionUID = 1;

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
    super(message, null, false, false);
    this.status = status;
    this.code = code;
    this.parameter = parameter;
    this.retryAfter = retryAfter;
  }

  /** One with a status, a code for programs and words for people. */
  public static RequestException of(int status, String code, String message) {
    return new RequestException(status, code, null, message, null);
  }

  /** 400, because of a parameter. */
  public static RequestException badParameter(String parameter, String message) {
    return new RequestException(400, "invalid_value", parameter, message, null);
  }

  /** 400, because of what the server cannot do. */
  public static RequestException unsupported(String parameter, String message) {
    return new RequestException(400, "unsupported_parameter", parameter, message, null);
  }

  /** 503: try again later. */
  public static RequestException busy(String message) {
    return new RequestException(503, "server_busy", null, message, Duration.ofSeconds(5));
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** What is wrong, for programs. */
  public String code() {
    return code;
  }

  /** Which parameter is wrong, if it is one. */
  public Optional<String> parameter() {
    return Optional.ofNullable(parameter);
  }

  /** When to try again, if that may help. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /** What is wrong, in words. */
  public String message() {
    return String.valueOf(getMessage());
  }
}
