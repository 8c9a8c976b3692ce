package io.rkllm.internal.thread;

import io.rkllm.RkllmModel;
import io.rkllm.spi.SharedThreads;
import io.rkllm.stream.Thrown;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches objects that must be closed, and acts when the garbage collector finds that one was not.
 * Its thread lives only while there are objects to watch; a {@link java.lang.ref.Cleaner} would
 * outlive the last one and keep the class loader of an undeployed application reachable.
 */
final class DroppedObjects {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);
  private static final ReferenceQueue<Object> QUEUE = new ReferenceQueue<>();
  private static final Set<Watched> WATCHED =
      new HashSet<>(); // guarded by itself, as is the next field

  private static @Nullable Thread thread;

  private DroppedObjects() {}

  private static final class Watched extends PhantomReference<Object> {
    final ModelThreads owner;
    final Runnable whenDropped;

    Watched(ModelThreads owner, Object object, Runnable whenDropped) {
      super(object, QUEUE);
      this.owner = owner;
      this.whenDropped = whenDropped;
    }
  }

  /**
   * Watches an object until its owner is forgotten.
   *
   * @param whenDropped called on a thread of this class; must not reference the object, nor block
   */
  static void watch(ModelThreads owner, Object object, Runnable whenDropped) {
    synchronized (WATCHED) {
      WATCHED.add(new Watched(owner, object, whenDropped));
      if (thread == null) {
        startThread();
      }
    }
  }

  /** Starts the thread. If this fails, the next object tries again; an object works without it. */
  private static void startThread() {
    try {
      Thread created = SharedThreads.create("rkllm-dropped", DroppedObjects::actOnAll);
      created.start();
      thread = created;
    } catch (OutOfMemoryError e) {
      // Not logged, because a blocking log would block all threads that wait for this lock.
    }
  }

  /** Stops watching the objects of an owner. */
  static void forget(ModelThreads owner) {
    synchronized (WATCHED) {
      WATCHED.removeIf(watched -> watched.owner.equals(owner));
      if (thread != null && WATCHED.isEmpty()) {
        thread.interrupt();
        thread = null;
      }
    }
  }

  private static void actOnAll() {
    while (isCurrent()) { // a logger may have swallowed the interrupt
      try {
        if (QUEUE.remove() instanceof Watched watched && unwatch(watched)) {
          watched.whenDropped.run();
        }
      } catch (InterruptedException e) {
        return; // no object is watched any more
      } catch (Throwable thrown) {
        Thrown.warn(LOG, "an object was dropped without close()", thrown);
      }
    }
  }

  private static boolean isCurrent() {
    synchronized (WATCHED) {
      return Thread.currentThread().equals(thread);
    }
  }

  /** Removes a reference and returns whether it was watched. The thread remains. */
  private static boolean unwatch(Watched watched) {
    synchronized (WATCHED) {
      return WATCHED.remove(watched);
    }
  }
}
