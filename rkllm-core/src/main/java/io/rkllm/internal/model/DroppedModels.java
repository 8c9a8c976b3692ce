package io.rkllm.internal.model;

import io.rkllm.RkllmModel;
import io.rkllm.stream.Thrown;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds models that the garbage collector has found to be dropped without close, and tells the log.
 * Its thread lives while there are models to watch: a {@link java.lang.ref.Cleaner} would outlive
 * the last one and keep the class loader of an application that has gone.
 */
final class DroppedModels {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);
  private static final ReferenceQueue<RkllmModel> QUEUE = new ReferenceQueue<>();
  private static final Set<Watched> WATCHED = new HashSet<>(); // guarded by itself, as the next

  private static @Nullable Thread thread;

  private DroppedModels() {}

  /** A model that is watched; the worker must not hold on to it. */
  private static final class Watched extends PhantomReference<RkllmModel> {
    final ModelWorker worker;

    Watched(RkllmModel model, ModelWorker worker) {
      super(model, QUEUE);
      this.worker = worker;
    }
  }

  /** Watches a model until its worker is forgotten. */
  static void watch(RkllmModel model, ModelWorker worker) {
    synchronized (WATCHED) {
      if (!worker.parts().queue().isOpen()) {
        return; // it is forgotten already
      }
      WATCHED.add(new Watched(model, worker));
      if (thread == null) {
        startThread();
      }
    }
  }

  /** Where none can be made, the next model tries again: a model is usable without. */
  private static void startThread() {
    try {
      thread =
          Thread.ofPlatform().daemon().name("rkllm-dropped").start(DroppedModels::logDroppedModels);
    } catch (OutOfMemoryError e) {
      LOG.debug("no thread can be made that would tell of models dropped without close()");
    }
  }

  /** A model is closed. */
  static void forget(ModelWorker worker) {
    synchronized (WATCHED) {
      WATCHED.removeIf(watched -> watched.worker.equals(worker));
      if (thread != null && WATCHED.isEmpty()) {
        thread.interrupt();
        thread = null;
      }
    }
  }

  private static void logDroppedModels() {
    while (true) {
      try {
        if (QUEUE.remove() instanceof Watched watched && watched.worker.parts().queue().isOpen()) {
          LOG.warn(
              "{} was dropped without close(); its native memory stays in use until the JVM ends",
              watched.worker.handle().name());
        }
      } catch (InterruptedException e) {
        return; // no model is open any more
      } catch (Throwable thrown) {
        Thrown.warn(LOG, "a model was dropped without close()", thrown);
      }
    }
  }
}
