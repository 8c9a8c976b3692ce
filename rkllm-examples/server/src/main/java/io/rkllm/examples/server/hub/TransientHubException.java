package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The hub cannot help now, and may later. */
final class TransientHubException extends IOException {
  private static final long serialVersionUID = 1;

  private final @Nullable Duration retryAfter;

  TransientHubException(String message, @Nullable Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  /** When it asks to be asked again; null if it does not say. */
  @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
