package io.rkllm.internal.event;

import io.rkllm.event.ModelListener;
import io.rkllm.event.RunKind;
import io.rkllm.internal.thread.OnDemandThread;
import io.rkllm.stream.Thrown;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the application's listeners on a separate thread, in order, and catches their exceptions.
 * While a listener does not return, a bounded number of events is queued; the rest is dropped.
 */
final class ListenerThread {
  private static final Logger LOG = LoggerFactory.getLogger(ModelListener.class);
  private static final int MAX_WAITING = 1024;

  private final List<ModelListener> listeners;
  private final String model;
  private final OnDemandThread thread;
  private final LinkedBlockingQueue<Event> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
  private final AtomicBoolean scheduled =
      new AtomicBoolean(); // one task delivers all queued events
  private final AtomicLong dropped = new AtomicLong(); // since the listener last caught up

  /** An event and the listeners that receive it. */
  private record Event(List<ModelListener> targets, Consumer<ModelListener> call) {}

  ListenerThread(List<ModelListener> listeners, String model) {
    this.listeners = listeners;
    this.model = model;
    this.thread = new OnDemandThread("rkllm-listener-" + model);
  }

  /** Returns the listeners of a run. Called on the thread that requests it. */
  List<ModelListener> forRun(RunKind kind) {
    return listeners.stream().map(listener -> forRun(listener, kind)).toList();
  }

  private static ModelListener forRun(ModelListener listener, RunKind kind) {
    try {
      return Objects.requireNonNull(listener.forRun(kind), "forRun returned null");
    } catch (Throwable thrown) {
      Thrown.warn(LOG, "A listener threw an exception; it gets the events of the run", thrown);
      return listener;
    }
  }

  /** Queues an event for all listeners; otherwise as {@link #dispatch(List, Consumer)}. */
  void dispatch(Consumer<ModelListener> event) {
    dispatch(listeners, event);
  }

  /**
   * Queues an event for some listeners.
   *
   * @throws OutOfMemoryError if no thread can be created; the next event then delivers this one as
   *     well
   */
  void dispatch(List<ModelListener> targets, Consumer<ModelListener> event) {
    if (targets.isEmpty()) {
      return;
    }
    if (waiting.offer(new Event(targets, event))) {
      schedule();
    } else if (dropped.getAndIncrement() == 0) {
      LOG.warn(
          "{}: the listener has not returned, and {} events are queued; further events are dropped",
          model,
          MAX_WAITING);
    }
  }

  /**
   * Ends the thread once the listeners have received all events. Called when the model is closed.
   */
  void close() {
    thread.close();
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      try {
        thread.execute(this::callAll);
      } catch (Throwable thrown) {
        scheduled.set(false);
        throw thrown;
      }
    }
  }

  private void callAll() {
    do {
      for (Event event = waiting.poll(); event != null; event = waiting.poll()) {
        reportDropped();
        for (ModelListener target : event.targets) {
          call(target, event.call);
        }
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
        // The listeners must get their events even if logging fails.
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
