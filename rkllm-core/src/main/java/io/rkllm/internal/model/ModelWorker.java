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
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.stream.Thrown;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of one model: it loads the model, does one job of the queue after the other, and
 * destroys the model when it is closed. Every native call is made on it, but for the abort.
 *
 * <p>Native memory is freed by destroying the model, after the last run has returned. Where a run
 * never returns, nothing is freed, and the leak is logged.
 */
final class ModelWorker {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);
  private static final Duration AFTER_FAILED_LOAD = Duration.ofSeconds(10);
  private static final long STACK_BYTES = 16L << 20; // native code is used to 8 MB

  private final ModelHandle handle;
  private final ModelParts parts;
  private final Thread thread;
  private final CompletableFuture<@Nullable Void> loaded = new CompletableFuture<>();
  private final CountDownLatch terminated = new CountDownLatch(1);
  private final int baseDomain;
  private final ShutdownGrace shutdownGrace;
  private volatile @Nullable FileFacts facts; // set before the model is loaded

  ModelWorker(ModelOptions options, InferenceRuntime runtime) {
    String name = options.name();
    this.baseDomain = BaseDomains.take(options.baseDomain);
    this.shutdownGrace = options.shutdownGrace;
    ModelConfig config = options.config.baseDomain(baseDomain).build();
    this.handle = new ModelHandle(name, runtime, config, options.embeddingWidth);
    ModelThreads threads = new ModelThreads(name);
    this.parts =
        new ModelParts(
            handle,
            threads,
            new JobQueue(name, threads, options.queueCapacity),
            new RunGate(handle),
            new ModelEvents(name, options.listener),
            options.executor,
            options.clearCacheAfterStop);
    boolean ownChatFormat = options.chatFormat != null;
    this.thread = new Thread(null, () -> live(ownChatFormat), "rkllm-model-" + name, STACK_BYTES);
    thread.setDaemon(true);
    threads.setModelThread(thread);
  }

  /** Returns what the model's runs work with. */
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
   * Starts the thread and blocks until the model is loaded.
   *
   * @param atMost how long, or null for as long as it takes
   * @throws ModelLoadException if it cannot be loaded; nothing is left behind then. Also if the
   *     time is over or the thread is interrupted; what native code has taken stays taken until it
   *     returns then
   */
  void load(@Nullable Duration atMost) {
    try {
      AbandonedLoad.refuseInterrupted(handle.config().path());
      OpenModels.add(this);
      thread.start();
    } catch (Throwable thrown) {
      OpenModels.remove(this); // no thread could be made
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
      awaitClosed(AFTER_FAILED_LOAD); // the thread is giving back what it took
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** Nobody will have the model: when native code returns, it is destroyed. */
  private ModelLoadException abandonLoad(ModelLoadException reason) {
    beginClose();
    if (terminated.getCount() > 0) {
      LOG.error(
          "{}: loading was given up. Until rkllm_init returns, its thread, its memory and base"
              + " domain {} stay taken; then the model is destroyed.",
          handle.name(),
          baseDomain);
    }
    return reason;
  }

  private void loadModel(boolean ownChatFormat) {
    facts = FileFacts.of(handle);
    ModelEvents.Loading loading = parts.events().beginLoad(handle.config().path());
    NativeModel model = handle.load();
    try {
      if (ownChatFormat) {
        blankTemplate(model);
      }
      RuntimeInfo runtime = handle.runtime().info();
      Duration loadTime = loading.loaded(runtime, model.contextLength());
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

  /** Stops what runs and refuses what waits; does not wait. Harmless when called again. */
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

  /** When the JVM shuts down: gives the application its time to close the model, then does. */
  void closeAfterGrace() {
    try {
      if (shutdownGrace.untilClosed()) {
        parts.queue().awaitClose(shutdownGrace.atMost());
      } else {
        parts.queue().awaitIdle(shutdownGrace.atMost());
      }
    } catch (InterruptedException e) {
      LOG.debug("{}: is closed without its grace", handle.name());
    }
    beginClose();
  }

  /**
   * Blocks until the model is destroyed, at most this long; false if it is not. Keeps an interrupt
   * for later.
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

  // ---- The thread

  private void live(boolean ownChatFormat) {
    try {
      parts.queue().refuseClosed();
      loadModel(ownChatFormat);
      loaded.complete(null);
      while (parts.queue().isOpen()) {
        runNext();
      }
    } catch (Throwable thrown) {
      loaded.completeExceptionally(thrown);
    } finally {
      try {
        beginClose();
        parts.queue().signalClose(); // calls that came after the close
      } finally {
        try {
          destroy();
        } finally {
          end();
        }
      }
    }
  }

  /** Whoever waits for the close is let go, whatever else fails: the heap may be full. */
  private void end() {
    try {
      OpenModels.remove(this);
      DroppedModels.forget(this);
      parts.threads().close();
    } finally {
      terminated.countDown();
    }
    try {
      if (!loaded.isCompletedExceptionally()) {
        parts.events().dispatch(ModelListener::onClose); // last, since it may get no thread
      }
    } finally {
      parts.events().close();
    }
  }

  /**
   * Does one job. Neither what it throws nor an interrupt that it leaves behind ends the thread.
   */
  private void runNext() {
    try {
      parts.queue().take().run();
    } catch (InterruptedException e) {
      LOG.debug("{}: an interrupt of the model's thread is ignored", handle.name());
    } catch (Throwable thrown) {
      Thrown.error(LOG, handle.name() + ": a generation could not be ended properly", thrown);
    }
    Thread.interrupted();
  }

  private void destroy() {
    if (loaded.isCompletedExceptionally()) {
      BaseDomains.release(baseDomain);
      return; // there is no model
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
