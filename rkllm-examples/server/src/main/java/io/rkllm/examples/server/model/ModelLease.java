package io.rkllm.examples.server.model;

import io.rkllm.ModelClosedException;
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
   * Returns whether work failed because its model was closed during the lease: by the pool, because
   * native code did not respond, or by something else. Such a model is not leased again, so that
   * work that had not begun can be repeated with a new lease.
   */
  public boolean lostItsModel(Throwable failure) {
    if (failure instanceof ModelClosedException) {
      leases.discard(slot);
    }
    return slot.replaced || failure instanceof ModelClosedException;
  }

  /** Ends the lease. Has no effect if called again. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      leases.release(slot);
    }
  }
}
