package io.rkllm.examples.server.http;

import org.jspecify.annotations.Nullable;

/** Messages for errors that HTTP itself defines. */
final class HttpErrors {
  private HttpErrors() {}

  /**
   * Returns the message for a status.
   *
   * @param reason the web server's description of the error, or null
   */
  static String message(int status, @Nullable String reason) {
    return switch (status) {
      case 400 ->
          "the request is not valid HTTP"
              + (reason == null || reason.equals("Bad Request") ? "" : ": " + reason);
      case 404 -> "there is nothing at this path";
      case 405 -> "this path does not support the method";
      case 408 -> "the request was not received in time";
      case 413 -> "the body is too large; start the server with a larger --max-body";
      case 414 -> "the address is too long";
      case 431 -> "the headers are too large";
      case 503 -> "the server is stopping";
      case 505 -> "this version of HTTP is not supported";
      default -> reason == null || reason.isBlank() ? "status " + status : reason;
    };
  }
}
