package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Thrown when a request to a hub fails in a way that a retry may help. */
final class TransientHubException extends IOException {
  private static final long serialVersionUID = 1;

  private final @Nullable Duration retryAfter;

  TransientHubException(String message, @Nullable Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  /** Returns the delay that the hub requests; null if it requests none. */
  @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
