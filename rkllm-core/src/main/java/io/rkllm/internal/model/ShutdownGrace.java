package io.rkllm.internal.model;

import java.time.Duration;

/**
 * The time that a model may stay open when the JVM shuts down.
 *
 * @param atMost the maximum time, after which the SDK closes the model
 * @param untilClosed whether to wait for the application to close the model; otherwise only until
 *     its generations have ended
 */
record ShutdownGrace(Duration atMost, boolean untilClosed) {
  /**
   * Longer than the 30 seconds that frameworks such as Spring Boot give requests to end, so that an
   * answer ends whole if its framework still waits for it.
   */
  static final ShutdownGrace DEFAULT = new ShutdownGrace(Duration.ofSeconds(40), false);
}
