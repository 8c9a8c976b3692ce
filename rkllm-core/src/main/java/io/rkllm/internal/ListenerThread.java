package io.rkllm.internal;

import io.rkllm.event.ModelListener;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls the user's listener on a thread of its own, in order; contains what it throws. */
final class ListenerThread {
  private static final Logger LOG = LoggerFactory.getLogger(ModelListener.class);

  private final @Nullable ModelListener listener;
  private final OnDemandThread thread;

  ListenerThread(@Nullable ModelListener listener, String model) {
    this.listener = listener;
    this.thread = new OnDemandThread("rkllm-listener-" + model);
  }

  /** Tells the listener soon, if there is one. */
  void tell(Consumer<ModelListener> event) {
    ModelListener told = listener;
    if (told != null) {
      thread.execute(() -> call(told, event));
    }
  }

  /** The model is closed: ends the thread when the listener was told of all. */
  void close() {
    thread.close();
  }

  private static void call(ModelListener told, Consumer<ModelListener> event) {
    try {
      event.accept(told);
    } catch (Throwable thrown) {
      LOG.warn("a listener threw; it is called again for the next event", thrown);
    }
  }
}
