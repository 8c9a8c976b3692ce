package io.rkllm.internal.model;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmModel;
import io.rkllm.event.ModelListener;
import io.rkllm.input.ChatTemplate;
import io.rkllm.internal.event.ModelEvents;
import io.rkllm.internal.handle.BaseDomains;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.internal.queue.JobQueue;
import io.rkllm.internal.run.ModelParts;
import io.rkllm.internal.run.RunGate;
import io.rkllm.internal.thread.ModelThreads;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.ModelLostException;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import io.rkllm.stream.Thrown;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of one model. It loads the model, runs the jobs of the queue one after the other, and
 * destroys the model when it is closed. It makes all native calls except for the abort.
 *
 * <p>Native memory is freed by destroying the model, after the last run has returned. If a run
 * never returns, nothing is freed, and the leak is logged.
 */
final class ModelWorker {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);
  private static final Duration AFTER_FAILED_LOAD = Duration.ofSeconds(10);
  private static final long STACK_BYTES = 16L << 20; // native code expects 8 MB

  private final ModelHandle handle;
  private final ModelParts parts;
  private final Thread thread;
  private final CompletableFuture<@Nullable Void> loaded = new CompletableFuture<>();
  private final CountDownLatch terminated = new CountDownLatch(1);
  private final int baseDomain;
  private final ShutdownGrace shutdownGrace;
  private volatile @Nullable FileFacts facts; // set before the model is loaded

  ModelWorker(ModelOptions options, RuntimeProvider provider) {
    String name = options.name();
    this.baseDomain = BaseDomains.take(options.baseDomain);
    this.shutdownGrace = options.shutdownGrace;
    ModelConfig config = options.config.baseDomain(baseDomain).build();
    this.handle = new ModelHandle(name, provider, config, options.embeddingWidth);
    ModelThreads threads = new ModelThreads(name);
    this.parts =
        new ModelParts(
            handle,
            threads,
            new JobQueue(name, threads, options.queueCapacity),
            new RunGate(handle),
            new ModelEvents(name, List.copyOf(options.listeners)),
            options.executor,
            options.clearCacheAfterStop,
            options.stopGrace);
    Loading loading = new Loading(options);
    this.thread = new Thread(null, () -> live(loading), "rkllm-model-" + name, STACK_BYTES, false);
    thread.setDaemon(true);
    threads.setModelThread(thread);
  }

  /** Returns the parts of the model that its runs use. */
  ModelParts parts() {
    return parts;
  }

  ModelHandle handle() {
    return handle;
  }

  /** Returns what the model's file says, once the model is loaded. */
  FileFacts facts() {
    return Objects.requireNonNull(facts, "the model is not loaded yet");
  }

  /** Returns how long the model may stay open when the JVM shuts down. */
  ShutdownGrace shutdownGrace() {
    return shutdownGrace;
  }

  // ---- Loading

  /**
   * Starts the thread and waits until the model is loaded.
   *
   * @param atMost the longest time to wait, or null if there is no limit
   * @throws ModelLoadException if the model cannot be loaded, in which case all resources are
   *     released; also if the time is over or the thread is interrupted, in which case native code
   *     keeps its resources until it returns
   */
  void load(@Nullable Duration atMost) {
    try {
      AbandonedLoad.refuseInterrupted(handle.config().path());
      thread.start();
    } catch (Throwable thrown) { // there may be no thread
      BaseDomains.release(baseDomain);
      throw thrown;
    }
    try {
      if (atMost == null) {
        loaded.get();
      } else {
        loaded.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      throw abandonLoad(AbandonedLoad.interrupted(handle.config().path(), e));
    } catch (TimeoutException e) {
      throw abandonLoad(AbandonedLoad.timedOut(handle.config().path(), atMost, e));
    } catch (ExecutionException e) {
      awaitClosed(AFTER_FAILED_LOAD); // the thread is releasing its resources
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    }
  }

  /**
   * Abandons the load: the model is destroyed as soon as native code returns. The interrupt ends
   * what the thread may be waiting for in Java, such as its turn to open a library.
   */
  private ModelLoadException abandonLoad(ModelLoadException reason) {
    beginClose();
    thread.interrupt();
    if (terminated.getCount() > 0) {
      LOG.error(
          "{}: loading was abandoned. Until native code returns, its thread, its memory and base"
              + " domain {} stay in use; then the model is destroyed.",
          handle.name(),
          baseDomain);
    }
    return reason;
  }

  /** The parameters with which the thread loads the model. */
  private record Loading(RuntimeOptions runtime, Set<Capability> needs, boolean ownChatFormat) {
    Loading(ModelOptions options) {
      this(options.runtimeOptions(), Set.copyOf(options.needs), options.chatFormat != null);
    }
  }

  private void loadModel(Loading loading) {
    RuntimeInfo runtime = handle.open(loading.runtime()).info();
    loading.needs().forEach(need -> runtime.require(need));
    Thread.interrupted(); // one that the library left behind would end the reading of the file
    parts.queue().refuseClosed(); // opening may have taken long
    facts = FileFacts.of(handle, !loading.ownChatFormat());
    parts.queue().refuseClosed(); // and reading may have been interrupted
    ModelEvents.Loading event = parts.events().beginLoad(handle.config().path());
    NativeModel model = handle.load();
    try {
      if (loading.ownChatFormat()) {
        blankTemplate(model);
      }
      Duration loadTime = event.loaded(runtime, model.contextLength());
      LOG.info(
          "Loaded {} in {} ms: context {} tokens, runtime {}",
          handle.config().path(),
          loadTime.toMillis(),
          model.contextLength(),
          runtime);
    } catch (Throwable thrown) {
      model.destroy();
      throw thrown;
    }
  }

  private void blankTemplate(NativeModel model) {
    int code = model.setChatTemplate(ChatTemplate.NONE);
    if (code != 0) {
      throw new ModelLoadException(
          "cannot load model "
              + handle.config().path()
              + ": the runtime's own chat template could not be switched off"
              + " (rkllm_set_chat_template returned "
              + code
              + "). Load the model without a chat format.",
          handle.config().path(),
          code,
          null);
    }
  }

  // ---- Closing

  /**
   * Stops the current run and rejects waiting jobs. Does not block. Has no effect if called again.
   */
  void beginClose() {
    if (!parts.queue().close()) {
      return;
    }
    try {
      parts.gate().signalClose();
    } finally {
      parts.queue().signalClose();
    }
  }

  /**
   * Gives the application its grace period to close the model when the JVM shuts down, and then
   * closes it.
   */
  void closeAfterGrace() {
    try {
      if (shutdownGrace.untilClosed()) {
        parts.queue().awaitClose(shutdownGrace.atMost());
      } else if (!parts.gate().isOverdue()) { // a run that was abandoned may never end
        awaitGenerations(shutdownGrace.atMost());
      }
    } catch (InterruptedException e) {
      LOG.debug("{}: closing without waiting for the shutdown grace period", handle.name());
    }
    beginClose();
  }

  private void awaitGenerations(Duration atMost) throws InterruptedException {
    if (!parts.queue().awaitIdle(Duration.ZERO) && atMost.isPositive()) {
      LOG.info(
          "{}: the JVM is shutting down; waiting up to {} s for the generations in progress"
              + " (RkllmModel.Builder.shutdownGrace)",
          handle.name(),
          atMost.toSeconds());
      var _ = parts.queue().awaitIdle(atMost);
    }
  }

  /**
   * Waits until the model is destroyed. Restores an interrupt afterwards.
   *
   * @return false if the time elapsed first
   */
  boolean awaitClosed(Duration atMost) {
    long deadline = System.nanoTime() + atMost.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return terminated.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Logs that the application no longer references the model, unless it is closed. */
  void warnDropped() {
    if (parts.queue().isOpen()) {
      LOG.warn(
          "{} was dropped without close(); its native memory stays in use until the JVM ends",
          handle.name());
    }
  }

  // ---- The thread

  private void live(Loading loading) {
    try {
      OpenModels.add(this);
      parts.queue().refuseClosed();
      loadModel(loading);
      loaded.complete(null);
      while (parts.queue().isOpen() && handle.lostForGood() == null) {
        runNext();
      }
    } catch (Throwable thrown) {
      loaded.completeExceptionally(thrown);
    } finally {
      try {
        beginClose();
        parts.queue().signalClose(); // for calls that came after the close
      } finally {
        try {
          destroy();
        } finally {
          end();
        }
      }
    }
  }

  /** Releases all waiters for the close, whatever else fails; the heap may be full. */
  private void end() {
    try {
      OpenModels.remove(this);
      parts.threads().close();
    } finally {
      terminated.countDown();
    }
    try {
      if (!loaded.isCompletedExceptionally()) {
        parts
            .events()
            .dispatch(ModelListener::onClose); // last, because it may be unable to create a thread
      }
    } finally {
      parts.events().close();
    }
  }

  /** Runs one job. Neither an exception nor an interrupt left behind by the job ends the thread. */
  private void runNext() {
    try {
      parts.queue().take().run();
    } catch (InterruptedException e) {
      LOG.debug("{}: ignoring an interrupt of the model's thread", handle.name());
    } catch (Throwable thrown) {
      Thrown.error(LOG, handle.name() + ": a generation could not be ended properly", thrown);
    }
    Thread.interrupted(); // also for the destruction, which may follow
  }

  private void destroy() {
    ModelLostException lost = handle.lostForGood();
    if (lost != null) {
      LOG.error("{}: closing, because it was lost: {}", handle.name(), lost.getMessage());
    }
    try {
      destroyModel();
    } finally {
      handle.releaseRuntime();
    }
  }

  private void destroyModel() {
    if (loaded.isCompletedExceptionally()) {
      BaseDomains.release(baseDomain);
      return; // the model was not loaded
    }
    try {
      handle.destroy();
    } catch (Throwable thrown) {
      Thrown.error(
          LOG, handle.name() + ": could not be destroyed; its native memory leaks", thrown);
      return;
    }
    BaseDomains.release(baseDomain);
    LOG.info("Closed {}", handle.name());
  }
}
