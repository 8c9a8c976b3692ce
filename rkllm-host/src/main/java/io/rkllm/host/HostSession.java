package io.rkllm.host;

import io.rkllm.NativeLibraryException;
import io.rkllm.RkllmException;
import io.rkllm.input.EmbeddingLookup;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.Tokenizer;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Serves one application in the host: performs its calls, one after the other, on a thread of its
 * own, and sends it what native code calls back with. The thread that reads the connection never
 * waits for native code.
 */
final class HostSession {
  private static final long STACK_BYTES = 16L << 20; // native code expects 8 MB
  private static final int LARGEST_WRITE = 1 << 30;
  private static final Duration LAST_WORD = Duration.ofSeconds(1);

  private final HostFiles files = HostFiles.ofThisProcess();
  private final Wire wire;
  private final @Nullable FileChannel shared;
  private final @Nullable RuntimeProvider provider;
  private final BlockingQueue<ToHost.Call> calls = new LinkedBlockingQueue<>();
  private final AtomicBoolean calling = new AtomicBoolean(); // from a call to its answer
  private final BlockingQueue<ToHost.Reply> replies = new LinkedBlockingQueue<>();

  /** The type of the reply that a callback waits for, or null. */
  private final AtomicReference<@Nullable Class<? extends ToHost.Reply>> awaited =
      new AtomicReference<>();

  /** Held by the callback that waits for a reply. */
  private final Lock asking = new ReentrantLock();

  /** Held while aborting, and while a run enters or leaves, so that an abort meets only its run. */
  private final Lock gate = new ReentrantLock();

  /** The number of the run that a thread is aborting, or 0. */
  private final AtomicInteger aborting = new AtomicInteger();

  private volatile int running; // the number of the run in native code, or 0
  private int aborted; // the number of the last run that was to be aborted; guarded by gate
  private volatile @Nullable HostObserver observer; // of the run in native code

  // Used by the thread that performs the calls:
  private @Nullable InferenceRuntime runtime;
  private volatile @Nullable NativeModel model; // read while aborting

  /**
   * @param shared the file for large outputs, or null if the application is on another machine
   * @param provider the runtime, or null if there is none
   */
  HostSession(Wire wire, @Nullable FileChannel shared, @Nullable RuntimeProvider provider) {
    this.wire = wire;
    this.shared = shared;
    this.provider = provider;
  }

  /**
   * Serves until the application closes the connection.
   *
   * @throws MalformedFrameException if the application sends something else than messages in their
   *     order; it has been told
   */
  void serve() throws IOException {
    Thread worker = new Thread(null, this::performAll, "rkllm-host-model", STACK_BYTES);
    worker.setDaemon(true);
    worker.start();
    try {
      receiveAll();
    } catch (MalformedFrameException e) {
      try (Deadline _ = Deadline.in(LAST_WORD, this::close)) { // it may not read
        send(
            new FromHost.Failed(
                Failure.of(
                    new RkllmException(
                        "the host received a malformed message: " + e.getMessage(),
                        "host",
                        RkllmException.NO_CODE,
                        e))));
      }
      throw e;
    } finally {
      worker.interrupt(); // unless it is in native code, it ends
    }
  }

  private void close() {
    try {
      wire.close();
    } catch (IOException e) {
      // It is closed nevertheless.
    }
  }

  private void receiveAll() throws IOException {
    for (ToHost message; (message = wire.receive(ToHost::read)) != null; ) {
      switch (message) {
        case ToHost.Call call -> accept(call);
        case ToHost.Reply reply -> accept(reply);
        case ToHost.Abort(int run) -> startAbort(run);
        case ToHost.Pause(int run) -> pause(run);
      }
    }
  }

  private void accept(ToHost.Call call) {
    if (!calling.compareAndSet(false, true)) {
      throw new MalformedFrameException("a call before the answer to the previous one: " + call);
    }
    calls.add(call);
  }

  private void accept(ToHost.Reply reply) {
    Class<? extends ToHost.Reply> type = awaited.getAndSet(null);
    if (type == null || !(reply instanceof ToHost.FunctionFailed || type.isInstance(reply))) {
      throw new MalformedFrameException("a reply to no question: " + reply);
    }
    replies.add(reply);
  }

  private void performAll() {
    try {
      while (true) {
        ToHost.Call call = calls.take();
        FromHost.Answer answer;
        try {
          answer = perform(call);
        } catch (Throwable thrown) {
          answer = new FromHost.Failed(Failure.of(thrown));
        }
        calling.set(false);
        send(answer);
      }
    } catch (InterruptedException | IOException e) {
      Thread.currentThread().interrupt(); // the connection has ended, and so does the process
    } finally {
      close(); // no other thread answers calls, also if this one ends because the heap is full
    }
  }

  private FromHost.Answer perform(ToHost.Call call) {
    return switch (call) {
      case ToHost.Open(int version, RuntimeOptions options) -> open(version, options);
      case ToHost.Diagnose(RuntimeOptions options) ->
          new FromHost.Report(provider().diagnose(options));
      case ToHost.Load load -> load(load);
      case ToHost.Run run -> run(run);
      case ToHost.ClearCache(boolean keep) -> returned(model().clearKvCache(keep));
      case ToHost.ClearRanges(int[] from, int[] to) -> returned(model().clearKvCache(from, to));
      case ToHost.CacheSizes() -> new FromHost.Sizes(model().kvCacheSizes());
      case ToHost.LoadLora lora ->
          returned(model().loadLora(lora.name(), files.find(lora.file()), lora.scale()));
      case ToHost.LoadPromptCache cache ->
          returned(model().loadPromptCache(files.find(cache.file())));
      case ToHost.ReleasePromptCache() -> returned(model().releasePromptCache());
      case ToHost.SetTemplate template -> returned(model().setChatTemplate(template.template()));
      case ToHost.SetTools tools -> returned(model().setFunctionTools(tools.tools()));
      case ToHost.SetCrossAttention data -> returned(model().setCrossAttention(data.data()));
      case ToHost.Destroy() -> destroy();
    };
  }

  private static FromHost.Answer returned(int code) {
    return new FromHost.Returned(code, false);
  }

  private FromHost.Answer open(int version, RuntimeOptions options) {
    if (version != Wire.VERSION) {
      throw new NativeLibraryException(
          "the host speaks version "
              + Wire.VERSION
              + " of the protocol, and the application version "
              + version
              + "; use the same release of rkllm-host on both sides",
          null,
          null);
    }
    if (runtime != null) {
      throw new IllegalStateException("the runtime is open already");
    }
    InferenceRuntime opened = provider().open(options);
    runtime = opened;
    return new FromHost.Opened(
        opened.info(), provider().soc().orElse(null), opened.requiredSoc().orElse(null));
  }

  private FromHost.Answer load(ToHost.Load load) {
    if (runtime == null) {
      throw new IllegalStateException("the runtime is not open");
    }
    if (model != null) {
      throw new IllegalStateException("a model is loaded already");
    }
    NativeModel loaded =
        runtime.load(
            Values.with(
                files.find(load.config().path()),
                load.config(),
                load.tokenizer() ? tokenizer() : null,
                load.embeddingLookup() ? embeddingLookup() : null));
    model = loaded;
    return new FromHost.Loaded(loaded.contextLength(), loaded.maxNewTokens());
  }

  private FromHost.Answer destroy() {
    NativeModel loaded = model();
    model = null;
    loaded.destroy();
    return returned(0);
  }

  private RuntimeProvider provider() {
    if (provider == null) {
      throw new NativeLibraryException(
          "the host found no runtime on its class path; add the dependency io.rkllm:rkllm-ffm",
          null,
          null);
    }
    return provider;
  }

  /** Returns whether a model is loaded, whose native code may hang. */
  boolean hasModel() {
    return model != null;
  }

  private NativeModel model() {
    NativeModel loaded = model;
    if (loaded == null) {
      throw new IllegalStateException("no model is loaded");
    }
    return loaded;
  }

  // ---- Runs

  private FromHost.Answer run(ToHost.Run run) {
    HostObserver events = new HostObserver(this);
    try {
      if (!enter(run.number(), events)) {
        return returned(0); // it was stopped before it arrived
      }
      int code = model().run(inThisMachine(run.request()), events);
      return new FromHost.Returned(code, events.hasPaused());
    } finally {
      boolean _ = enter(0, null);
      releaseShared();
    }
  }

  private RunRequest inThisMachine(RunRequest request) {
    Path cache = request.promptCacheFile();
    return cache == null ? request : request.toBuilder().promptCacheFile(files.find(cache)).build();
  }

  private boolean enter(int number, @Nullable HostObserver events) {
    gate.lock();
    try {
      running = number;
      observer = events;
      return number != aborted;
    } finally {
      gate.unlock();
    }
  }

  /**
   * Aborts on a thread of its own, since native code may block it, which must not delay the replies
   * that native code waits for. An abort that is in progress is not repeated.
   */
  private void startAbort(int run) {
    if (aborting.getAndSet(run) != run) {
      Thread.ofPlatform().daemon().name("rkllm-host-abort").start(() -> abort(run));
    }
  }

  private void abort(int run) {
    gate.lock();
    try {
      NativeModel loaded = model;
      aborted = run;
      if (running == run && loaded != null) {
        loaded.abort();
      }
    } finally {
      boolean _ = aborting.compareAndSet(run, 0);
      gate.unlock();
    }
  }

  private void pause(int run) {
    HostObserver current = observer;
    if (running == run && current != null) {
      current.pause();
    }
  }

  /**
   * Prevents further aborts from reaching a run that is about to end by itself, because it might
   * end the next one. Called inside a callback, so the wait for an abort in progress is bounded.
   */
  void closeToAborts() throws InterruptedException {
    boolean locked = gate.tryLock(10, TimeUnit.MILLISECONDS);
    running = 0;
    if (locked) {
      gate.unlock();
    }
  }

  // ---- Functions of the application

  private Tokenizer tokenizer() {
    return text -> ask(new FromHost.Encode(text), null, ToHost.TokenIds.class).ids();
  }

  private EmbeddingLookup embeddingLookup() {
    return (ids, rows) -> {
      int width = rows.remaining() / ids.length;
      var question = new FromHost.Embed(ids, width);
      try (NativeFloats values = ask(question, null, ToHost.EmbeddingRows.class).rows()) {
        rows.duplicate().put(values.buffer());
      }
    };
  }

  /**
   * Sends a question and waits for its reply. Called inside a callback.
   *
   * @param floats floats that follow the question, or null
   * @throws FunctionFailedException if a function of the application failed
   */
  <R extends ToHost.Reply> R ask(FromHost question, @Nullable MemorySegment floats, Class<R> type) {
    asking.lock();
    try {
      FrameWriter frame = new FrameWriter();
      FromHost.write(question, frame);
      if (floats != null) {
        frame.append(floats);
      }
      awaited.set(type);
      wire.send(frame);
      ToHost.Reply reply = replies.take();
      if (reply instanceof ToHost.FunctionFailed(Failure failure)) {
        throw new FunctionFailedException(failure.message());
      }
      return type.cast(reply);
    } catch (IOException e) {
      throw new IllegalStateException("the connection to the application ended", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the application", e);
    } finally {
      asking.unlock();
    }
  }

  /** Thrown inside a callback when the application already has the reason. */
  static final class FunctionFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FunctionFailedException(String message) {
      super(message);
    }
  }

  // ---- Sending

  /** Sends a message. Any thread may call this. */
  void send(FromHost message) throws IOException {
    FrameWriter frame = new FrameWriter();
    FromHost.write(message, frame);
    wire.send(frame);
  }

  void send(FrameWriter frame) throws IOException {
    wire.send(frame);
  }

  /** Sends a line for the log, if that is still possible. */
  void sendLog(String logger, int level, String text) {
    try {
      send(new FromHost.LogLine(logger, level, text));
    } catch (IOException e) {
      System.err.println(text);
    }
  }

  /**
   * Copies an output into the shared file.
   *
   * @return false if there is no such file, or it cannot grow so far
   */
  boolean share(MemorySegment values) {
    if (shared == null) {
      return false;
    }
    try {
      for (long at = 0; at < values.byteSize(); ) {
        long size = Math.min(LARGEST_WRITE, values.byteSize() - at);
        ByteBuffer part = values.asSlice(at, size).asByteBuffer();
        while (part.hasRemaining()) {
          at += shared.write(part, at);
        }
      }
      return true;
    } catch (IOException e) {
      return false; // such as a small /dev/shm in a container
    }
  }

  /** Gives the memory of the shared file back. */
  private void releaseShared() {
    try {
      if (shared != null && shared.size() > 0) {
        shared.truncate(0);
      }
    } catch (IOException e) {
      throw new RkllmException(
          "the shared file could not be truncated: " + e, "host", RkllmException.NO_CODE, e);
    }
  }
}
