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
  static final ShutdownGrace DEFAULT = new ShutdownGrace(Duration.ofSeconds(10), false);
}
