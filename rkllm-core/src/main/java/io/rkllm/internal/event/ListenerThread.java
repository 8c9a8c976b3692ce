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
   * @throws OutOfMemoryError if no thread can be made for it; the event is told with the next one
   */
  void tell(Consumer<ModelListener> event) {
    ModelListener told = listener;
    if (told == null) {
      return;
    }
    if (waiting.offer(event)) {
      schedule(told);
    } else if (dropped.getAndIncrement() == 0) {
      LOG.warn(
          "{}: the listener does not return, and {} events wait for it; further events are dropped",
          model,
          MAX_WAITING);
    }
  }

  /** The model is closed: ends the thread when the listener was told of everything. */
  void close() {
    thread.close();
  }

  private void schedule(ModelListener told) {
    if (scheduled.compareAndSet(false, true)) {
      try {
        thread.execute(() -> callAll(told));
      } catch (Throwable thrown) {
        scheduled.set(false);
        throw thrown;
      }
    }
  }

  private void callAll(ModelListener told) {
    do {
      for (Consumer<ModelListener> event = waiting.poll(); event != null; event = waiting.poll()) {
        reportDropped();
        call(told, event);
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

  private static void call(ModelListener told, Consumer<ModelListener> event) {
    try {
      event.accept(told);
    } catch (Throwable thrown) {
      Thrown.warn(LOG, "a listener threw; it is called again for the next event", thrown);
    }
  }
}
