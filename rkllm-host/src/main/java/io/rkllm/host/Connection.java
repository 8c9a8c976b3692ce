package io.rkllm.host;

import io.rkllm.input.EmbeddingLookup;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.Tokenizer;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.ModelLostException;
import io.rkllm.spi.RunPerformance;
import io.rkllm.spi.RunRequest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The application's side of a connection to a host. One thread at a time makes calls, each of which
 * waits for its answer. A thread of the connection reads what the host sends, and runs the observer
 * and the functions of the application, as the thread of a native callback would.
 *
 * <p>The connection is either up or down, and never comes up again. When it goes down, for any
 * reason, the call in progress and all later ones throw {@link ModelLostException}.
 */
final class Connection {
  private static final Duration END_TIMEOUT = Duration.ofSeconds(10);

  private final Wire wire;
  private final Peer peer;
  private final @Nullable FileChannel shared;
  private final Thread reader;
  private final AtomicReference<@Nullable PendingCall> call = new AtomicReference<>();
  private final CompletableFuture<String> down = new CompletableFuture<>();

  private volatile @Nullable Tokenizer tokenizer;
  private volatile @Nullable EmbeddingLookup embeddingLookup;
  private volatile @Nullable RemoteRun run;
  private volatile @Nullable String killReason;

  /** The process or socket at the other end. */
  interface Peer {
    /**
     * Describes how the peer ended, once the connection is closed. Blocks for a limited time.
     *
     * @param reason why it was ended, or null if it ended by itself
     */
    String describeEnd(@Nullable String reason);

    /** Returns the time that the peer may take to end once the connection is closed. */
    default Duration longestEnd() {
      return Duration.ZERO;
    }

    /** Notes a line that the host has logged, which may explain its end. */
    void logged(String line);

    /** Ends the peer, or only the connection if the peer serves others. Does not block. */
    void kill();
  }

  /** A call that waits for its answer. */
  private record PendingCall(
      Class<? extends FromHost.Answer> type, CompletableFuture<FromHost.Answer> answer) {

    /** Completes the call. Returns false if this is not its answer, or not the first. */
    boolean accept(FromHost.Answer received) {
      return (received instanceof FromHost.Failed || type.isInstance(received))
          && answer.complete(received);
    }
  }

  /**
   * @param shared the file that the host puts large outputs into, or null
   */
  Connection(String name, Wire wire, @Nullable FileChannel shared, Peer peer) {
    this.wire = wire;
    this.peer = peer;
    this.shared = shared;
    this.reader = Thread.ofPlatform().daemon().name("rkllm-host-" + name).unstarted(this::readAll);
  }

  void start() {
    reader.start();
  }

  /** Completes when the connection is down, with the reason. */
  CompletableFuture<String> down() {
    return down;
  }

  boolean isUp() {
    return !down.isDone();
  }

  // ---- Calls

  /**
   * Makes a call and waits for its answer.
   *
   * @param atMost the longest time to wait, after which the host is ended; null for no limit
   * @throws ModelLostException if the connection is down, or the host does not answer in time
   * @throws InterruptedException if the thread is interrupted, in which case the host is ended
   */
  <A extends FromHost.Answer> A call(ToHost.Call message, @Nullable Duration atMost, Class<A> type)
      throws InterruptedException {
    String function = ToHost.function(message);
    PendingCall pending = new PendingCall(type, new CompletableFuture<>());
    call.set(pending);
    Deadline deadline =
        Deadline.in(
            atMost,
            () -> kill("it did not return within " + atMost + ", and its process was ended"));
    try (deadline) {
      if (down.isDone() || !send(message)) {
        throw unsent(function);
      }
      FromHost.Answer answer = pending.answer().get();
      if (answer instanceof FromHost.Failed(Failure failure)) {
        throw failure.toException();
      }
      return type.cast(answer);
    } catch (ExecutionException e) {
      throw lost(function);
    } catch (InterruptedException e) {
      kill("the application was interrupted while it waited, and ended the process");
      throw e;
    } finally {
      call.set(null);
    }
  }

  /** Makes a call. The interrupt status of the thread is restored afterwards. */
  <A extends FromHost.Answer> A callUninterrupted(
      ToHost.Call message, @Nullable Duration atMost, Class<A> type) {
    boolean interrupted = Thread.interrupted();
    try {
      return call(message, atMost, type);
    } catch (InterruptedException e) {
      interrupted = true;
      throw lost(ToHost.function(message));
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Loads the model of this connection. */
  FromHost.Loaded load(ModelConfig config, @Nullable Duration atMost) throws InterruptedException {
    tokenizer = config.tokenizer();
    embeddingLookup = config.embeddingLookup();
    return call(
        new ToHost.Load(config, tokenizer != null, embeddingLookup != null),
        atMost,
        FromHost.Loaded.class);
  }

  /** Performs a run. */
  FromHost.Returned run(RemoteRun remote, RunRequest request) {
    run = remote;
    try {
      FromHost.Returned returned =
          callUninterrupted(
              new ToHost.Run(remote.number(), request), null, FromHost.Returned.class);
      remote.returned(returned);
      return returned;
    } finally {
      run = null;
    }
  }

  /**
   * Sends a message. Has no effect if the connection is down.
   *
   * @return whether all of it was sent
   * @throws IllegalStateException if memory in it is closed, in which case nothing is sent
   */
  boolean send(ToHost message) {
    FrameWriter frame = new FrameWriter();
    try {
      ToHost.write(message, frame);
      wire.send(frame);
      return true;
    } catch (IOException e) {
      kill(null); // the reader finds out why
      return false;
    } finally {
      frame.release();
    }
  }

  /**
   * Sends a message without waiting until others have been sent. Has no effect if the connection is
   * down.
   */
  void sendWithoutWaiting(ToHost message) {
    FrameWriter frame = new FrameWriter();
    ToHost.write(message, frame);
    try {
      if (!wire.sendUnlessBusy(frame)) {
        Thread.ofPlatform().daemon().name("rkllm-host-send").start(() -> send(message));
      }
    } catch (IOException e) {
      kill(null); // the reader finds out why
    }
  }

  /** Returns whether a call was not made, because the host had ended before it was sent. */
  static boolean isUnsent(ModelLostException thrown) {
    return thrown.getCause() instanceof UnsentException;
  }

  private static final class UnsentException extends IOException {
    private static final long serialVersionUID = 1L;

    UnsentException() {
      super("the host had ended before the call was sent");
    }
  }

  private ModelLostException unsent(String function) {
    ModelLostException lost = lost(function);
    return killReason == null && down.isDone()
        ? new ModelLostException(String.valueOf(lost.getMessage()), false, new UnsentException())
        : lost;
  }

  private ModelLostException lost(String function) {
    String reason;
    try {
      reason = down.get(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      reason = "its process is being ended";
    } catch (ExecutionException | TimeoutException e) {
      reason = "its process has not ended";
    }
    return new ModelLostException(function + ": " + reason, false, null);
  }

  /**
   * Ends the host.
   *
   * @param reason why, or null if the reason is how the host ended
   */
  void kill(@Nullable String reason) {
    if (killReason == null) {
      killReason = reason;
    }
    peer.kill();
    close();
  }

  /** Closes the connection, which makes the host end. */
  void close() {
    try {
      wire.close();
    } catch (IOException e) {
      // It is closed nevertheless.
    }
  }

  /** Waits until the host has ended after {@link #close}, and ends it if it does not in time. */
  void awaitEnd(Duration atMost) {
    try {
      String _ = down.get(atMost.plus(peer.longestEnd()).toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      kill("it did not end after its model was destroyed");
    }
  }

  // ---- Reading, on the thread of the connection

  private void readAll() {
    String problem = null; // with what the host has sent
    try {
      for (FromHost message; (message = wire.receive(FromHost::read)) != null; ) {
        dispatch(message);
      }
    } catch (MalformedFrameException e) {
      problem = "the host sent a malformed message: " + e.getMessage();
      peer.kill();
    } catch (IOException e) {
      // The connection is closed; the peer has the reason.
    } catch (Throwable thrown) {
      problem = "a message of the host could not be processed: " + thrown;
      peer.kill();
    }
    close();
    closeShared();
    String reason = peer.describeEnd(killReason != null ? killReason : problem);
    down.complete(reason);
    PendingCall pending = call.get();
    if (pending != null) {
      pending.answer().completeExceptionally(new IOException(reason));
    }
  }

  private void closeShared() {
    try {
      if (shared != null) {
        shared.close();
      }
    } catch (IOException e) {
      // It has no name any more, and so nothing is left.
    }
  }

  private void dispatch(FromHost message) throws IOException {
    switch (message) {
      case FromHost.Answer answer -> complete(answer);
      case FromHost.LogLine(String logger, int level, String text) -> {
        peer.logged(text);
        LoggerFactory.getLogger(logger).atLevel(Level.intToLevel(level)).log("{}", text);
      }
      case FromHost.Encode(String text) -> encode(text);
      case FromHost.Embed(int[] ids, int width) -> embed(ids, width);
      case FromHost.Output output -> read(output);
      case FromHost.Token token -> token(token);
      case FromHost.MemberEnd(int member) -> withRun(active -> active.memberEnd(member));
      case FromHost.Finish(RunPerformance figures) -> withRun(active -> active.finish(figures));
      case FromHost.RunError error -> withRun(active -> active.error(error));
      case FromHost.CallbackFailure(Failure failure) ->
          withRun(active -> active.callbackFailed(failure.toException()));
    }
  }

  /** Does something with the run in progress. There is none if native code calls back late. */
  private void withRun(Consumer<RemoteRun> action) {
    RemoteRun active = run;
    if (active != null) {
      action.accept(active);
    }
  }

  private void complete(FromHost.Answer answer) {
    PendingCall pending = call.get();
    if (pending == null || !pending.accept(answer)) {
      throw new MalformedFrameException("an answer to no call: " + answer);
    }
  }

  private void token(FromHost.Token token) {
    RemoteRun active = run;
    boolean proceed = active == null || active.token(token);
    if (token.asks()) {
      send(new ToHost.Proceed(proceed));
    } else if (!proceed && active != null && active.requestPause()) {
      send(new ToHost.Pause(active.number()));
    }
  }

  /** Passes an output on, in memory that is valid only during the call. */
  private void read(FromHost.Output output) throws IOException {
    withRun(active -> active.checkMember(output.member()));
    try (Arena during = Arena.ofConfined()) {
      MemorySegment values = values(output, during);
      withRun(active -> active.output(output, values));
    }
    send(new ToHost.OutputRead());
  }

  private MemorySegment values(FromHost.Output output, Arena during) throws IOException {
    if (!output.shared()) {
      return wire.receiveFloats(output.bytes(), size -> during.allocate(size, Float.BYTES))
          .asReadOnly();
    }
    if (shared == null || shared.size() < output.bytes()) {
      throw new MalformedFrameException("the shared file does not have " + output);
    }
    return shared.map(FileChannel.MapMode.READ_ONLY, 0, output.bytes(), during);
  }

  // ---- Functions of the application

  private void encode(String text) {
    reply(
        () -> {
          Tokenizer function = tokenizer;
          if (function == null) {
            throw new IllegalStateException("the application has no tokenizer");
          }
          send(new ToHost.TokenIds(function.encode(text)));
        });
  }

  private void embed(int[] ids, int width) {
    reply(
        () -> {
          EmbeddingLookup function = embeddingLookup;
          if (function == null) {
            throw new IllegalStateException("the application has no embedding lookup");
          }
          try (NativeFloats rows = NativeFloats.allocate((long) ids.length * width)) {
            rows.segment().fill((byte) 0xff); // NaN, by which the host finds floats not set
            function.embed(ids, rows.buffer());
            send(new ToHost.EmbeddingRows(rows));
          }
        });
  }

  /** Runs a function, for which native code waits. If it throws, the run fails with that. */
  private void reply(Runnable function) {
    try {
      function.run();
    } catch (Throwable thrown) {
      withRun(active -> active.callbackFailed(thrown));
      send(new ToHost.FunctionFailed(Failure.of(thrown)));
    }
  }
}
