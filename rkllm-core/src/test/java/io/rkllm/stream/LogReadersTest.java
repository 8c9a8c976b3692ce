package io.rkllm.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.with;

import io.rkllm.Token;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Checks how readers of a log wait for events, and on which threads. */
@Timeout(60)
class LogReadersTest {
  private static final int TOKENS = 50;

  private final EventLog<Token> log =
      new EventLog<>(
          task -> {
            throw new AssertionError("one reader needs no waker");
          });

  /** Each token finds the reader parked. The writer wakes it without another thread. */
  @Test
  void iterator_parkedBeforeEachToken_isWokenByTheWriter() throws Exception {
    CompletableFuture<Integer> read = new CompletableFuture<>();
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  LogIterator<Token> tokens = new LogIterator<>(new Readers(ReaderThreads.VIRTUAL));
                  int count = 0;
                  while (tokens.hasNext()) {
                    tokens.next();
                    count++;
                  }
                  read.complete(count);
                });
    for (int i = 0; i < TOKENS; i++) {
      awaitThat(() -> reader.getState() == Thread.State.WAITING);
      log.append(new Token(i, "a"));
    }
    log.end(null);

    assertThat(read.get(30, TimeUnit.SECONDS)).isEqualTo(TOKENS);
  }

  /** An iterator may be passed to another thread, even after it has waited. */
  @Test
  void iterator_handedToAnotherThread_wakesThatOne() throws Exception {
    LogIterator<Token> tokens = new LogIterator<>(new Readers(ReaderThreads.VIRTUAL));
    for (int i = 0; i < TOKENS; i++) {
      CompletableFuture<Integer> read = new CompletableFuture<>();
      Thread reader = Thread.ofPlatform().start(() -> read.complete(tokens.next().id()));
      awaitThat(() -> reader.getState() == Thread.State.WAITING);

      log.append(new Token(i, "a"));

      assertThat(read.get(30, TimeUnit.SECONDS)).isEqualTo(i);
    }
  }

  /** While it has demand, a subscriber keeps its virtual thread, which waits between tokens. */
  @Test
  void subscriber_onDefaultExecutor_keepsItsThreadBetweenTokens() throws Exception {
    Recorder recorder = new Recorder();
    new Readers(ReaderThreads.VIRTUAL).subscribe(recorder);
    for (int i = 0; i < TOKENS; i++) {
      log.append(new Token(i, "a"));
      int received = i + 1;
      awaitThat(() -> recorder.ids.size() == received);
    }
    log.end(null);

    assertThat(recorder.done.get(30, TimeUnit.SECONDS)).hasSize(TOKENS).isSorted();
    assertThat(recorder.threads).hasSize(1).allMatch(Thread::isVirtual);
  }

  /** An application may complete its futures on an executor that runs tasks at once. */
  @Test
  void codeAtTheEnd_executorWithoutThreads_isNotRunOnTheWriter() throws Exception {
    CompletableFuture<Thread> ran = new CompletableFuture<>();
    Thread writer = Thread.currentThread();
    new Readers(Runnable::run) {
      @Override
      protected void refuseOwnThread(String what) {
        if (Thread.currentThread().equals(writer)) {
          throw new IllegalStateException(what);
        }
      }
    }.runAtEnd(() -> ran.complete(Thread.currentThread()));
    assertThat(ran.get(30, TimeUnit.SECONDS).isVirtual()).isTrue();
  }

  /** The sum of all demand may be more than a long can hold. */
  @Test
  void subscriber_unboundedDemandAndMore_getsAll() throws Exception {
    Recorder recorder =
        new Recorder() {
          @Override
          public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
            subscription.request(Long.MAX_VALUE);
            subscription.request(2);
          }
        };
    new Readers(ReaderThreads.VIRTUAL).subscribe(recorder);
    log.append(new Token(0, "a"));
    log.end(null);
    assertThat(recorder.done.get(30, TimeUnit.SECONDS)).containsExactly(0);
  }

  /** One thread serves two subscribers in turn, so none of them may occupy it while waiting. */
  @Test
  void subscribers_onExecutorOfOneThread_giveItBackBetweenTokens() throws Exception {
    EventLog<Token> other = new EventLog<>(Runnable::run);
    ExecutorService executor =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
    Recorder first = new Recorder();
    Recorder second = new Recorder();
    new Readers(executor).subscribe(first);
    new Readers(other, executor).subscribe(second);
    for (int i = 0; i < TOKENS; i++) {
      log.append(new Token(i, "a"));
      int received = i + 1;
      awaitThat(() -> first.ids.size() == received);
      other.append(new Token(i, "b"));
      awaitThat(() -> second.ids.size() == received);
    }
    log.end(null);
    other.end(null);

    assertThat(first.done.get(30, TimeUnit.SECONDS)).hasSize(TOKENS);
    assertThat(second.done.get(30, TimeUnit.SECONDS)).hasSize(TOKENS);
    executor.shutdown();
  }

  /**
   * The subscriber waits for a token that does not come, and is still notified of its invalid
   * request.
   */
  @Test
  void subscriber_thatWaitsAndRequestsNothing_isNotifiedImmediately() throws Exception {
    Recorder recorder = new Recorder();
    new Readers(ReaderThreads.VIRTUAL).subscribe(recorder);
    log.append(new Token(0, "a"));
    awaitThat(() -> waits(recorder));

    recorder.subscription.request(0);

    assertThat(recorder.done)
        .failsWithin(30, TimeUnit.SECONDS)
        .withThrowableThat()
        .withCauseInstanceOf(IllegalArgumentException.class);
  }

  /** The cancellation must wake the thread, since nothing else does, not even the end. */
  @Test
  void subscriber_thatWaitsAndIsCancelled_letsItsThreadEnd() throws Exception {
    Recorder recorder = new Recorder();
    new Readers(ReaderThreads.VIRTUAL).subscribe(recorder);
    log.append(new Token(0, "a"));
    awaitThat(() -> waits(recorder));

    recorder.subscription.cancel();

    Thread thread = recorder.threads.iterator().next();
    assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
  }

  @Test
  void subscriber_thatInterruptsItself_stillGetsAllAndSleepsBetween() throws Exception {
    Recorder recorder =
        new Recorder() {
          @Override
          public void onNext(Token token) {
            super.onNext(token);
            Thread.currentThread().interrupt();
          }
        };
    new Readers(ReaderThreads.VIRTUAL).subscribe(recorder);
    for (int i = 0; i < TOKENS; i++) {
      log.append(new Token(i, "a"));
      awaitThat(() -> waits(recorder));
    }
    log.end(null);

    assertThat(recorder.done.get(30, TimeUnit.SECONDS)).hasSize(TOKENS);
  }

  private static void awaitThat(Callable<Boolean> condition) {
    with().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).await().until(condition);
  }

  private static boolean waits(Recorder recorder) {
    return !recorder.threads.isEmpty()
        && recorder.threads.iterator().next().getState() == Thread.State.WAITING;
  }

  /** Records the events and their threads. */
  private static class Recorder implements Flow.Subscriber<Token> {
    final List<Integer> ids = new CopyOnWriteArrayList<>();
    final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    final CompletableFuture<List<Integer>> done = new CompletableFuture<>();
    volatile Flow.Subscription subscription;

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Token token) {
      ids.add(token.id());
      threads.add(Thread.currentThread());
    }

    @Override
    public void onError(Throwable thrown) {
      done.completeExceptionally(thrown);
    }

    @Override
    public void onComplete() {
      done.complete(ids);
    }
  }

  /** Readers of a log that is written only by the test. */
  private class Readers extends LogReaders<Token> {
    private final Executor executor;

    Readers(Executor executor) {
      this(log, executor);
    }

    Readers(EventLog<Token> log, Executor executor) {
      super(log);
      this.executor = executor;
    }

    @Override
    protected Executor executor() {
      return executor;
    }

    @Override
    protected void lastReaderLeft() {}

    @Override
    protected void refuseOwnThread(String what) {}

    @Override
    protected void executorFailed(Throwable thrown) {}

    @Override
    protected RuntimeException interrupted(InterruptedException cause) {
      return new IllegalStateException(cause);
    }
  }
}
