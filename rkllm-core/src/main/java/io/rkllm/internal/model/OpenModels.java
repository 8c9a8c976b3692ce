package io.rkllm.internal.model;

import io.rkllm.spi.InferenceRuntime;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * All models that are open in this JVM, so that they are destroyed before it ends. Otherwise C
 * destructors, which run after the last Java thread has stopped, could wait for ever for a native
 * thread that once called into Java.
 *
 * <p>Where native code does not come back in time, the process is ended without running those
 * destructors.
 */
final class OpenModels {
  private static final Duration SHUTDOWN_WAIT = Duration.ofSeconds(3);
  private static final int FORCED_EXIT_STATUS =
      1; // the one given to System.exit cannot be known here
  private static final Set<ModelWorker> OPEN = ConcurrentHashMap.newKeySet();

  private static volatile boolean ending;

  static {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(OpenModels::closeAll, "rkllm-shutdown"));
    } catch (IllegalStateException e) {
      ending = true;
    }
  }

  private OpenModels() {}

  /**
   * Adds a model that is about to be loaded.
   *
   * @throws IllegalStateException if the JVM is shutting down
   */
  static void add(ModelWorker worker) {
    OPEN.add(worker);
    if (ending) {
      OPEN.remove(worker);
      throw new IllegalStateException("the JVM is shutting down; no model can be loaded any more");
    }
  }

  static void remove(ModelWorker worker) {
    OPEN.remove(worker);
  }

  /** Closing is begun on threads of its own: whatever it meets must not outlast the deadline. */
  private static void closeAll() {
    ending = true;
    long deadline = System.nanoTime() + SHUTDOWN_WAIT.toNanos();
    for (ModelWorker worker : OPEN) {
      Thread.ofPlatform().daemon().name("rkllm-close").start(worker::beginClose);
    }
    for (ModelWorker worker : OPEN) {
      if (!worker.awaitClosed(Duration.ofNanos(deadline - System.nanoTime()))) {
        forceExit(worker);
      }
    }
  }

  private static void forceExit(ModelWorker worker) {
    InferenceRuntime runtime = worker.handle().runtime();
    System.err.println(
        "rkllm: native code of model "
            + worker.handle().name()
            + " does not return; the process is ended without it");
    runtime.exitProcess(FORCED_EXIT_STATUS);
  }
}
