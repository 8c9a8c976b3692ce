package io.rkllm.internal.model;

import io.rkllm.spi.SharedThreads;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps track of the open models of this JVM, so that they are destroyed before it ends. Otherwise
 * C destructors, which run after the last Java thread has stopped, could wait forever for a native
 * thread that once called into Java.
 *
 * <p>Closing a model is up to the application. When the JVM shuts down, each model first gets its
 * {@link ShutdownGrace}. If native code does not return in time, the process is ended without
 * running those destructors.
 *
 * <p>The shutdown hook is registered only while models are open, because it keeps this class and
 * its class loader from being collected.
 */
final class OpenModels {
  private static final Duration NATIVE_WAIT = Duration.ofSeconds(3);
  private static final int FORCED_EXIT_STATUS =
      1; // the status passed to System.exit is not available here

  private static final Set<ModelWorker> OPEN =
      new HashSet<>(); // guarded by itself, as are all fields below

  private static @Nullable Thread hook;
  private static boolean ending;

  private OpenModels() {}

  /**
   * Adds a model that is about to be loaded.
   *
   * @throws IllegalStateException if the JVM is shutting down
   */
  static void add(ModelWorker worker) {
    synchronized (OPEN) {
      if (hook == null) {
        hook = registeredHook();
      }
      if (ending) {
        throw new IllegalStateException(
            "the JVM is shutting down; no model can be loaded any more");
      }
      OPEN.add(worker);
    }
  }

  private static @Nullable Thread registeredHook() {
    Thread created = SharedThreads.create("rkllm-shutdown", OpenModels::closeAll);
    try {
      Runtime.getRuntime().addShutdownHook(created);
      return created;
    } catch (IllegalStateException e) {
      ending = true;
      return null;
    }
  }

  /**
   * Removes a model that has been destroyed or was not loaded. Has no effect if it was already
   * removed.
   */
  static void remove(ModelWorker worker) {
    synchronized (OPEN) {
      OPEN.remove(worker);
      Thread registered = hook;
      if (!OPEN.isEmpty() || registered == null) {
        return;
      }
      try {
        Runtime.getRuntime().removeShutdownHook(registered);
        hook = null;
      } catch (IllegalStateException e) {
        // The hook is running or about to run.
      }
    }
  }

  /**
   * Waits for the grace periods and closes the models on other threads, so that nothing can delay
   * the deadline.
   */
  private static void closeAll() {
    List<ModelWorker> open;
    synchronized (OPEN) {
      ending = true;
      open = List.copyOf(OPEN);
    }
    long begin = System.nanoTime();
    Map<ModelWorker, Thread> closing = new LinkedHashMap<>();
    for (ModelWorker worker : open) {
      closing.put(
          worker, Thread.ofPlatform().daemon().name("rkllm-close").start(worker::closeAfterGrace));
    }
    closing.forEach(
        (worker, thread) -> {
          Duration grace = worker.shutdownGrace().atMost();
          try {
            thread.join(grace.minusNanos(System.nanoTime() - begin));
          } catch (InterruptedException e) {
            // Close without a grace period.
          }
          if (!worker.awaitClosed(NATIVE_WAIT)) {
            forceExit(worker);
          }
        });
  }

  private static void forceExit(ModelWorker worker) {
    System.err.println(
        "rkllm: native code of model "
            + worker.handle().name()
            + " has not returned; ending the process without it");
    worker.handle().exitProcess(FORCED_EXIT_STATUS);
  }
}
