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
 * Calls the application's listener on a separate thread, in order, and catches its exceptions.
 * While the listener does not return, a bounded number of events is queued; the rest is dropped.
 */
final class ListenerThread {
  private static final Logger LOG = LoggerFactory.getLogger(ModelListener.class);
  private static final int MAX_WAITING = 1024;

  private final @Nullable ModelListener listener;
  private final String model;
  private final OnDemandThread thread;
  private final LinkedBlockingQueue<Consumer<ModelListener>> waiting =
      new LinkedBlockingQueue<>(MAX_WAITING);
  private final AtomicBoolean scheduled =
      new AtomicBoolean(); // one task delivers all queued events
  private final AtomicLong dropped = new AtomicLong(); // since the listener last caught up

  ListenerThread(@Nullable ModelListener listener, String model) {
    this.listener = listener;
    this.model = model;
    this.thread = new OnDemandThread("rkllm-listener-" + model);
  }

  /**
   * Queues an event for the listener, if there is one.
   *
   * @throws OutOfMemoryError if no thread can be created; the next event then delivers this one as
   *     well
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
          "{}: the listener has not returned, and {} events are queued; further events are dropped",
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
      scheduled.set(false); // later events start a new task, unless this thread takes them
    } while (!waiting.isEmpty() && scheduled.compareAndSet(false, true));
  }

  private void reportDropped() {
    long count = dropped.getAndSet(0);
    if (count > 0) {
      try {
        LOG.warn("{}: {} events were dropped because the listener did not return", model, count);
      } catch (Throwable _) {
        // The listener must get its events even if logging fails.
      }
    }
  }

  private static void call(ModelListener target, Consumer<ModelListener> event) {
    try {
      event.accept(target);
    } catch (Throwable thrown) {
      Thrown.warn(
          LOG, "A listener threw an exception; it is called again for the next event", thrown);
    }
  }
}
