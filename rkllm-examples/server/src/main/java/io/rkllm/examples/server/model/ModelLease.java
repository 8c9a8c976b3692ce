package io.rkllm.examples.server.model;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** A right to use a model, which stays loaded until the lease is closed. */
public final class ModelLease implements AutoCloseable {
  private final ServedModel model;
  private final Duration loadTime;
  private final Slot slot;
  private final Leases leases;
  private final AtomicBoolean closed = new AtomicBoolean();

  ModelLease(ServedModel model, Duration loadTime, Slot slot, Leases leases) {
    this.model = model;
    this.loadTime = loadTime;
    this.slot = slot;
    this.leases = leases;
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
    return slot.replaced;
  }

  /**
   * Reports that the model was closed during the lease, although the pool has not closed it. It is
   * not leased again: the next request loads it anew.
   */
  public void discard() {
    leases.discard(slot);
  }

  /** Ends the lease. Has no effect if called again. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      leases.release(slot);
    }
  }
}
