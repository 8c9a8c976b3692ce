package io.rkllm.examples.server.model;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** Keeps a model loaded until it is closed. */
public final class ModelLease implements AutoCloseable {
  private final ServedModel model;
  private final Duration loadTime;
  private final Runnable giveBack;
  private final AtomicBoolean closed = new AtomicBoolean();

  ModelLease(ServedModel model, Duration loadTime, Runnable giveBack) {
    this.model = model;
    this.loadTime = loadTime;
    this.giveBack = giveBack;
  }

  /** The model. */
  public ServedModel model() {
    return model;
  }

  /** How long it took to get it: nearly nothing where it was loaded already. */
  public Duration loadTime() {
    return loadTime;
  }

  /** Gives it back; harmless when called again. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      giveBack.run();
    }
  }
}
