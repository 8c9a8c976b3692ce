package io.rkllm.examples.server.model;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** A right to use a model, which stays loaded until the lease is closed. */
public final class ModelLease implements AutoCloseable {
  private final ServedModel model;
  private final Duration loadTime;
  private final BooleanSupplier replaced;
  private final Runnable release;
  private final AtomicBoolean closed = new AtomicBoolean();

  ModelLease(ServedModel model, Duration loadTime, BooleanSupplier replaced, Runnable release) {
    this.model = model;
    this.loadTime = loadTime;
    this.replaced = replaced;
    this.release = release;
  }

  /** Returns the model. */
  public ServedModel model() {
    return model;
  }

  /** Returns how long the caller waited for the model; almost zero if it was in memory. */
  public Duration loadTime() {
    return loadTime;
  }

  /**
   * Returns whether the model was closed during the lease because native code did not respond. Work
   * that had not begun can be repeated with a new lease.
   */
  public boolean isReplaced() {
    return replaced.getAsBoolean();
  }

  /** Ends the lease. Has no effect if called again. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      release.run();
    }
  }
}
