package io.rkllm.internal.event;

import io.rkllm.event.ModelListener;
import io.rkllm.internal.thread.OnDemandThread;
import io.rkllm.stream.Thrown;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the user's listener on a thread of its own, in order; contains what it throws. While the
 * listener does not return, a bounded number of events waits for it, and the rest is dropped.
 */
final class ListenerThread {
  private static final Logger LOG = LoggerFactory.getLogger(ModelListener.class);
  private static final int MAX_WAITING = 1024;

  private final @Nullable ModelListener listener;
  private final String model;
  private final OnDemandThread thread;
  private final LinkedBlockingQueue<Consumer<ModelListener>> waiting =
      new LinkedBlockingQueue<>(MAX_WAITING);
  private final AtomicBoolean scheduled = new AtomicBoolean(); // one task tells all
  private final AtomicLong dropped = new AtomicLong(); // since the listener last kept up

  ListenerThread(@Nullable ModelListener listener, String model) {
    this.listener = listener;
    this.model = model;
    this.thread = new OnDemandThread("rkllm-listener-" + model);
  }

  /**
   * Tells the listener soon, if there is one.
   *
   * @throws OutOfMemoryError if no thread can be made for it; the next event delivers this one too
   */
  void dispatch(Consumer<ModelListener> event) {
    ModelListener target = listener;
    if (target == null) {
      return;
    }
    if (waiting.offer(event)) {
      schedule(target);
    } else if (dropped.getAndIncrement() == 0) {
      LOG.warn(
          "{}: the listener does not return, and {} events wait for it; further events are dropped",
          model,
          MAX_WAITING);
    }
  }

  /** Ends the thread once the listener has received all events. Called when the model is closed. */
  void close() {
    thread.close();
  }

  private void schedule(ModelListener target) {
    if (scheduled.compareAndSet(false, true)) {
      try {
        thread.execute(() -> callAll(target));
      } catch (Throwable thrown) {
        scheduled.set(false);
        throw thrown;
      }
    }
  }

  private void callAll(ModelListener target) {
    do {
      for (Consumer<ModelListener> event = waiting.poll(); event != null; event = waiting.poll()) {
        reportDropped();
        call(target, event);
      }
      scheduled.set(false); // an event that comes from here on is this thread's or another task's
    } while (!waiting.isEmpty() && scheduled.compareAndSet(false, true));
  }

  private void reportDropped() {
    long count = dropped.getAndSet(0);
    if (count > 0) {
      try {
        LOG.warn("{}: {} events were dropped while the listener did not return", model, count);
      } catch (Throwable _) {
        // a log that throws must not keep the listener from its events
      }
    }
  }

  private static void call(ModelListener target, Consumer<ModelListener> event) {
    try {
      event.accept(target);
    } catch (Throwable thrown) {
      Thrown.warn(LOG, "a listener threw; it is called again for the next event", thrown);
    }
  }
}
