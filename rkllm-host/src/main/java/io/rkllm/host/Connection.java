package io.rkllm.host;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.input.EmbeddingLookup;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.Tokenizer;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.ModelLostException;
import io.rkllm.spi.RunObserver;
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
  private final AtomicReference<@Nullable CompletableFuture<FromHost.Answer>> call =
      new AtomicReference<>();
  private final CompletableFuture<String> down = new CompletableFuture<>();

  private volatile @Nullable Tokenizer tokenizer;
  private volatile @Nullable EmbeddingLookup embeddingLookup;
  private volatile @Nullable ActiveRun run;
  private volatile @Nullable String killReason;

  /** The process or socket at the other end. */
  interface Peer {
    /** Describes how the peer ended, once the connection is closed. Blocks for a limited time. */
    String describeEnd();

    /** Notes a line that the host has logged, which may explain its end. */
    void logged(String line);

    /** Ends the peer, or only the connection if the peer serves others. Does not block. */
    void kill();
  }

  /** A run in the host. The fields are used by the thread of the connection. */
  private static final class ActiveRun {
    final int number;
    final RunObserver observer;
    boolean pauseSent;
    boolean finished;

    ActiveRun(int number, RunObserver observer) {
      this.number = number;
      this.observer = observer;
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
    CompletableFuture<FromHost.Answer> answer = new CompletableFuture<>();
    call.set(answer);
    if (down.isDone()) {
      throw lost();
    }
    send(message);
    try {
      FromHost.Answer got =
          atMost == null ? answer.get() : answer.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
      if (got instanceof FromHost.Failed(Failure failure)) {
        throw failure.toException();
      }
      return type.cast(got);
    } catch (TimeoutException e) {
      kill("it did not answer within " + atMost + " and was ended");
      throw lost();
    } catch (ExecutionException e) {
      throw lost();
    } catch (InterruptedException e) {
      kill("the application was interrupted while it waited, and ended it");
      throw e;
    } finally {
      call.set(null);
    }
  }

  /** Makes a call that an interrupt does not end. */
  <A extends FromHost.Answer> A callUninterrupted(
      ToHost.Call message, @Nullable Duration atMost, Class<A> type) {
    boolean interrupted = Thread.interrupted();
    try {
      return call(message, atMost, type);
    } catch (InterruptedException e) {
      interrupted = true;
      throw lost();
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

  /** Performs a run, whose events are passed to the observer. */
  FromHost.Returned run(int number, RunRequest request, RunObserver observer) {
    ActiveRun active = new ActiveRun(number, observer);
    run = active;
    try {
      FromHost.Returned returned =
          callUninterrupted(new ToHost.Run(number, request), null, FromHost.Returned.class);
      if (active.pauseSent && !returned.paused() && returned.code() == 0 && !active.finished) {
        observer.onFinish(RunPerformance.NONE); // it ended before the pause could take effect
      }
      return returned;
    } finally {
      run = null;
    }
  }

  /**
   * Sends a message. Has no effect if the connection is down.
   *
   * @throws IllegalStateException if memory in it is closed, in which case nothing is sent
   */
  void send(ToHost message) {
    FrameWriter frame = new FrameWriter();
    try {
      ToHost.write(message, frame);
      wire.send(frame);
    } catch (IOException e) {
      kill(null); // the reader finds out why
    } finally {
      frame.release();
    }
  }

  private ModelLostException lost() {
    String reason;
    try {
      reason = down.get(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      reason = "its process is being ended";
    } catch (ExecutionException | TimeoutException e) {
      reason = "its process has not ended";
    }
    return new ModelLostException(reason, false, null);
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

  // ---- Reading, on the thread of the connection

  private void readAll() {
    String problem = null;
    try {
      for (FromHost message; (message = wire.receive(FromHost::read)) != null; ) {
        dispatch(message);
      }
    } catch (MalformedFrameException | ClassCastException e) {
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
    String end = peer.describeEnd();
    String reason = killReason != null ? killReason : problem != null ? problem : end;
    down.complete(reason);
    CompletableFuture<FromHost.Answer> waiting = call.get();
    if (waiting != null) {
      waiting.completeExceptionally(new IOException(reason));
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
      case FromHost.MemberEnd(int member) -> observe(events -> events.onMemberEnd(member));
      case FromHost.Finish(RunPerformance performance) -> {
        ActiveRun active = run;
        if (active != null) {
          active.finished = true;
        }
        observe(events -> events.onFinish(performance));
      }
      case FromHost.RunError(String error) -> observe(events -> events.onError(error));
      case FromHost.CallbackFailure(Failure failure) ->
          observe(events -> events.onCallbackFailure(failure.toException()));
    }
  }

  private void complete(FromHost.Answer answer) {
    CompletableFuture<FromHost.Answer> waiting = call.get();
    if (waiting == null) {
      throw new MalformedFrameException("an answer to no call: " + answer);
    }
    waiting.complete(answer);
  }

  /** A notification of the observer. */
  @FunctionalInterface
  private interface Notification {
    void pass(RunObserver observer);
  }

  /** Notifies the observer; its exceptions fail the run, as those in a native callback do. */
  private void observe(Notification notification) {
    ActiveRun active = run;
    if (active != null) {
      try {
        notification.pass(active.observer);
      } catch (Throwable thrown) {
        active.observer.onCallbackFailure(thrown);
      }
    }
  }

  private void token(FromHost.Token token) {
    ActiveRun active = run;
    boolean proceed = true;
    if (active != null) {
      try {
        proceed = pass(token, active.observer);
      } catch (Throwable thrown) {
        active.observer.onCallbackFailure(thrown);
      }
    }
    if (token.asks()) {
      send(new ToHost.Proceed(proceed));
    } else if (!proceed && active != null && !active.pauseSent) {
      active.pauseSent = true;
      send(new ToHost.Pause(active.number));
    }
  }

  private static boolean pass(FromHost.Token token, RunObserver observer) {
    byte[] utf8 = token.utf8();
    return token.partial()
        ? observer.onPartialToken(token.member(), token.id(), utf8, utf8.length)
        : observer.onToken(token.member(), token.id(), utf8, utf8.length);
  }

  /** Passes an output to the observer, in memory that is valid only during the call. */
  private void read(FromHost.Output output) throws IOException {
    if (output.rows() <= 0 || output.width() <= 0) {
      throw new MalformedFrameException("an output of " + output);
    }
    try (Arena during = Arena.ofConfined()) {
      MemorySegment values = values(output, during);
      observe(
          events -> {
            if (output.logits()) {
              events.onLogits(output.member(), new Logits(values, output.rows(), output.width()));
            } else {
              events.onHiddenStates(
                  output.member(), new HiddenStates(values, output.rows(), output.width()));
            }
          });
    }
    send(new ToHost.OutputRead());
  }

  private MemorySegment values(FromHost.Output output, Arena during) throws IOException {
    if (!output.shared()) {
      MemorySegment inline = during.allocate(output.bytes(), Float.BYTES);
      wire.receiveInto(inline);
      return inline.asReadOnly();
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
      ActiveRun active = run;
      if (active != null) {
        active.observer.onCallbackFailure(thrown);
      }
      send(new ToHost.FunctionFailed(Failure.of(thrown)));
    }
  }
}
