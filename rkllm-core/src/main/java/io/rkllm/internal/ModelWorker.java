package io.rkllm.internal;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import io.rkllm.event.ModelListener;
import io.rkllm.input.ChatTemplate;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of one model, which loads it, runs its generations one after the other in the order
 * they came, and destroys it. Every native call is made on it, but for the abort.
 *
 * <p>Native memory belongs to the {@link NativeModel} and is freed by its destroy, on this thread,
 * after the last run has returned. Where a run never returns, nothing is freed: the leak is logged.
 */
final class ModelWorker {
  private static final Logger LOG = LoggerFactory.getLogger("io.rkllm.RkllmModel");
  private static final Duration AFTER_FAILED_LOAD = Duration.ofSeconds(10);
  private static final long STACK_BYTES = 16L << 20; // native code is used to 8 MB

  private enum State {
    OPEN,
    CLOSING
  }

  private final String name;
  private final InferenceRuntime runtime;
  private final Executor executor;
  private final OnDemandThread watcher;
  private final OnDemandThread aborter;
  private final Thread thread;
  private final JobQueue queue;
  private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);
  private final CompletableFuture<NativeModel> loaded = new CompletableFuture<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final CountDownLatch terminated = new CountDownLatch(1);
  private final AtomicLong runNumbers = new AtomicLong();
  private final StatsSum stats = new StatsSum();
  private final Flight flight = new Flight(this);
  private final EmbeddingWidth embeddingWidth;
  private final ListenerThread listener;
  private final int baseDomain;
  private final boolean clearCacheAfterStop;
  private final ShutdownGrace shutdownGrace;
  private volatile @Nullable Thread callbackThread; // of the last run
  private final ModelConfig config;
  private final List<Leases> crossAttention = new ArrayList<>(); // used by the model's thread

  ModelWorker(ModelOptions options, InferenceRuntime runtime) {
    this.name = options.name();
    this.runtime = runtime;
    this.executor = options.executor;
    this.queue = new JobQueue(this, options.queueCapacity);
    this.watcher = new OnDemandThread("rkllm-watch-" + name);
    this.aborter = new OnDemandThread("rkllm-abort-" + name);
    this.embeddingWidth = EmbeddingWidth.ofNullable(options.embeddingWidth);
    this.listener = new ListenerThread(options.listener, name);
    this.baseDomain = BaseDomains.take(options.baseDomain);
    this.shutdownGrace = options.shutdownGrace;
    this.clearCacheAfterStop = options.clearCacheAfterStop;
    this.config = options.config.baseDomain(baseDomain).build();
    boolean ownChatFormat = options.chatFormat != null;
    this.thread = new Thread(null, () -> live(ownChatFormat), "rkllm-model-" + name, STACK_BYTES);
    thread.setDaemon(true);
  }

  String name() {
    return name;
  }

  InferenceRuntime runtime() {
    return runtime;
  }

  Executor executor() {
    return executor;
  }

  JobQueue queue() {
    return queue;
  }

  Flight flight() {
    return flight;
  }

  /** What the model is loaded with. */
  ModelConfig config() {
    return config;
  }

  /** How long it may stay open when the JVM shuts down. */
  ShutdownGrace shutdownGrace() {
    return shutdownGrace;
  }

  StatsSum stats() {
    return stats;
  }

  ListenerThread listener() {
    return listener;
  }

  EmbeddingWidth embeddingWidth() {
    return embeddingWidth;
  }

  long nextRunNumber() {
    return runNumbers.incrementAndGet();
  }

  /** For timeouts, and for waking several readers. */
  OnDemandThread watcher() {
    return watcher;
  }

  /** For aborts alone: native code may hold them back, and nothing else must wait for that. */
  OnDemandThread aborter() {
    return aborter;
  }

  /** The loaded model; for the model's thread. */
  NativeModel model() {
    return loaded.join();
  }

  /** The context length in tokens; 0 if the runtime tells none that makes sense. */
  int contextLength() {
    return Math.max(0, model().contextLength());
  }

  /** Whether a token without text means that the model has ended its answer. */
  boolean endsByToken() {
    return !Boolean.TRUE.equals(config.ignoreEndOfSequence());
  }

  // ---- The KV cache, on the model's thread

  /** Whether it is cleared after every run that was stopped. */
  boolean clearsCacheAfterStop() {
    return clearCacheAfterStop;
  }

  /** Clears the KV cache; returns what the C function did. */
  int clearKvCache(boolean keepSystemPrompt) {
    int code = model().clearKvCache(keepSystemPrompt);
    if (code == 0) {
      flight.cacheCleared();
    }
    return code;
  }

  /**
   * How many positions each member of a batch holds.
   *
   * @throws RkllmException if the runtime does not tell, or tells what cannot be true
   */
  int[] kvCacheSizes() {
    int[] sizes = model().kvCacheSizes();
    int most = contextLength() > 0 ? contextLength() : Integer.MAX_VALUE;
    if (sizes.length != config.batchSize()
        || Arrays.stream(sizes).anyMatch(size -> size < 0 || size > most)) {
      throw new RkllmException(
          "rkllm_get_kv_cache_size gave %s, which cannot be the sizes of %d KV caches of at most %d positions"
              .formatted(Arrays.toString(sizes), config.batchSize(), most),
          "rkllm_get_kv_cache_size",
          RkllmException.NO_CODE,
          null);
    }
    return sizes;
  }

  // ---- Loading and closing

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
      GivenUpLoad.refuseInterrupted(config.path());
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
      throw giveUpLoading(GivenUpLoad.interrupted(config.path(), e));
    } catch (TimeoutException e) {
      throw giveUpLoading(GivenUpLoad.timedOut(config.path(), atMost, e));
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
  private ModelLoadException giveUpLoading(ModelLoadException reason) {
    beginClose();
    if (terminated.getCount() > 0) {
      LOG.error(
          "{}: loading was given up. Until rkllm_init returns, its thread, its memory and base domain"
              + " {} stay taken; then the model is destroyed.",
          name,
          baseDomain);
    }
    return reason;
  }

  private NativeModel loadModel(boolean ownChatFormat) {
    long begin = System.nanoTime();
    JfrEvents.Load event =
        JfrEvents.areWanted() ? new JfrEvents.Load(name, config.path().toString()) : null;
    if (event != null) {
      event.begin();
    }
    NativeModel model = runtime.load(config);
    try {
      if (ownChatFormat) {
        blankTemplate(model);
      }
      if (event != null) {
        event.release = runtime.info().release();
        event.contextLength = model.contextLength();
        event.commit();
      }
      Duration loadTime = Duration.ofNanos(System.nanoTime() - begin);
      listener.tell(told -> told.onLoad(config.path(), runtime.info(), loadTime));
      LOG.info(
          "Loaded {} in {} ms: context {} tokens, runtime {}",
          config.path(),
          loadTime.toMillis(),
          model.contextLength(),
          runtime.info());
      return model;
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
              + config.path()
              + ": the runtime's own chat template could not be switched off"
              + " (rkllm_set_chat_template returned "
              + code
              + "). Load the model without a chat format.",
          config.path(),
          code,
          null);
    }
  }

  boolean isOpen() {
    return state.get() == State.OPEN;
  }

  /** Stops what runs and refuses what waits; does not wait. Harmless when called again. */
  void beginClose() {
    if (!state.compareAndSet(State.OPEN, State.CLOSING)) {
      return;
    }
    closing.countDown();
    RunTask running = flight.current(); // one that begins later sees for itself
    try {
      if (running != null) {
        running.stop(Stop.MODEL_CLOSED);
      }
    } finally {
      queue.beginClose();
    }
  }

  /** When the JVM shuts down: gives the application its time to close the model, then does. */
  void closeAfterGrace() {
    try {
      if (shutdownGrace.untilClosed()) {
        var _ = closing.await(shutdownGrace.atMost().toNanos(), TimeUnit.NANOSECONDS);
      } else {
        queue.awaitIdle(shutdownGrace.atMost());
      }
    } catch (InterruptedException e) {
      LOG.debug("{}: is closed without its grace", name);
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

  /**
   * Native code may read what these hold open until it has taken others, or the model is destroyed;
   * where it refused them, too. On the model's thread.
   *
   * @param taken whether native code has taken them, so that it reads nothing else any more
   */
  void holdForCrossAttention(Leases leases, boolean taken) {
    if (taken) {
      crossAttention.forEach(Leases::close);
      crossAttention.clear();
    }
    crossAttention.add(leases);
  }

  /** On the thread that native code calls back on, which may be one of its own. */
  void callbacksComeHere() {
    callbackThread = Thread.currentThread();
  }

  /** Refuses what would keep the threads of this model from their work. */
  void refuseOwnThread(String what) {
    UserCallback.refuseInside(what);
    Thread current = Thread.currentThread();
    if (current.equals(thread)
        || current.equals(callbackThread)
        || watcher.isCurrent()
        || aborter.isCurrent()) {
      throw new IllegalStateException(
          "the model's own thread was about to run "
              + what
              + "; no token could come meanwhile. Use another thread.");
    }
  }

  // ---- The thread

  private void live(boolean ownChatFormat) {
    try {
      if (!isOpen()) {
        throw closed();
      }
      loaded.complete(loadModel(ownChatFormat));
      while (isOpen()) {
        runNext();
      }
    } catch (Throwable thrown) {
      loaded.completeExceptionally(thrown);
    } finally {
      beginClose();
      queue.refuseWaitingCalls();
      destroy();
      OpenModels.remove(this);
      DroppedModels.forget(this);
      watcher.close();
      aborter.close();
      terminated.countDown();
      try {
        if (!loaded.isCompletedExceptionally()) {
          listener.tell(ModelListener::onClose); // last, since it may need a thread and get none
        }
      } finally {
        listener.close();
      }
    }
  }

  /** One job. Neither what it throws nor an interrupt that it leaves behind ends the thread. */
  private void runNext() {
    try {
      queue.take().run();
    } catch (InterruptedException e) {
      LOG.debug("{}: an interrupt of the model's thread is ignored", name);
    } catch (Throwable thrown) {
      LOG.error("{}: a generation could not be ended properly", name, thrown);
    }
    Thread.interrupted();
  }

  private void destroy() {
    if (loaded.isCompletedExceptionally()) {
      BaseDomains.release(baseDomain);
      return; // there is no model
    }
    try {
      model().destroy();
      BaseDomains.release(baseDomain);
      crossAttention.forEach(Leases::close);
      LOG.info("Closed {}", name);
    } catch (Throwable thrown) {
      LOG.error("{}: could not be destroyed; its native memory leaks", name, thrown);
    }
  }

  IllegalStateException closed() {
    return new IllegalStateException("the model is closed; load it again to use it");
  }
}
