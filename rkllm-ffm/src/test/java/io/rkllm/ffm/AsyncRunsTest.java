package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.ffm.gen.v1_2.RKLLMResult;
import io.rkllm.spi.InferenceMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Detection of the end of an asynchronous run. The test takes the role of native code. */
@Timeout(60)
class AsyncRunsTest {
  private static final int NORMAL = 0;
  private static final int FINISH = 2;
  private static final int ERROR = 3;

  /** Much more time than is needed. */
  private static final Duration SOON = Duration.ofSeconds(10);

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment result = RKLLMResult.allocate(arena).fill((byte) 0);
  private final ResultUpcall results = new ResultUpcall(1, 2, 4096);
  private final AsyncRuns runs = new AsyncRuns(results);
  private final RecordingObserver observer = new RecordingObserver();
  private final AtomicBoolean running = new AtomicBoolean(true);
  private final AtomicInteger looks = new AtomicInteger();
  private final ExecutorService waiter = Executors.newSingleThreadExecutor();

  @AfterEach
  void end() {
    waiter.shutdownNow();
  }

  private Future<?> begin(InferenceMode mode) throws Exception {
    results.begin(observer, mode, 1);
    waiter.submit(runs::begin).get();
    return waiter.submit(
        () ->
            runs.awaitEnd(
                () -> {
                  looks.incrementAndGet();
                  return running.get();
                }));
  }

  private int callback(int state) {
    return runs.onResult(result.address(), 0, state);
  }

  private static boolean endsWithin(Future<?> wait, Duration time) throws Exception {
    try {
      wait.get(time.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (java.util.concurrent.TimeoutException _) {
      return false;
    }
  }

  @Test
  void finish_endsTheWaitOnceTheRuntimeSaysSo() throws Exception {
    Future<?> wait = begin(InferenceMode.GENERATE);
    callback(NORMAL);
    callback(FINISH);
    assertThat(endsWithin(wait, Duration.ofMillis(300))).isFalse();
    running.set(false);
    assertThat(endsWithin(wait, SOON)).isTrue();
  }

  @Test
  void finish_isAcceptedInTheEnd() throws Exception {
    for (int state : new int[] {FINISH, ERROR}) {
      Future<?> wait = begin(InferenceMode.GENERATE);
      callback(state);
      assertThat(endsWithin(wait, SOON)).isTrue();
    }
  }

  @Test
  void finish_thatWasNotTheLast_isIgnoredWhileTokensCome() throws Exception {
    Future<?> wait = begin(InferenceMode.GENERATE);
    callback(FINISH);
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < 2_500_000_000L) {
      callback(NORMAL);
    }
    assertThat(wait.isDone()).isFalse();
    running.set(false);
    assertThat(endsWithin(wait, SOON)).isTrue();
  }

  @Test
  void noSignOfTheRunAtAll_isNotACertainEnd() throws Exception {
    running.set(false);
    results.begin(observer, InferenceMode.GENERATE, 1);
    runs.begin();
    runs.onResult(result.address(), 7, FINISH); // of another run: not a sign of this one
    assertThat(runs.awaitEnd(() -> false)).isEqualTo(AsyncRuns.Outcome.NEVER_SEEN);
    assertThat(results.strays()).isOne();
  }

  @Test
  void silence_endsTheWaitOnceTheRuntimeSaysSo() throws Exception {
    Future<?> wait = begin(InferenceMode.GENERATE);
    assertThat(endsWithin(wait, Duration.ofMillis(400))).isFalse();
    running.set(false);
    assertThat(endsWithin(wait, SOON)).isTrue();
  }

  @Test
  void runtime_isAskedSeldom_andNotForEachToken() throws Exception {
    Future<?> wait = begin(InferenceMode.GENERATE);
    long begin = System.nanoTime();
    int tokens = 0;
    while (System.nanoTime() - begin < 400_000_000L) {
      callback(NORMAL);
      tokens++;
    }
    assertThat(tokens).isGreaterThan(100);
    assertThat(looks.get()).isLessThanOrEqualTo(8); // at most one per 50 ms
    running.set(false);
    assertThat(endsWithin(wait, SOON)).isTrue();
  }

  /** A run that has just been requested may not have started. */
  @Test
  void oneDenial_isNotAccepted() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    results.begin(observer, InferenceMode.GENERATE, 1);
    runs.begin();
    assertThat(runs.awaitEnd(() -> asked.incrementAndGet() % 2 == 0 && asked.get() < 7))
        .isEqualTo(AsyncRuns.Outcome.ENDED);

    assertThat(asked).hasValue(8);
  }

  @Test
  void pauseAndOutput_endTheWaitSoon() throws Exception {
    RecordingObserver pausing =
        new RecordingObserver() {
          @Override
          public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
            return false;
          }
        };
    Future<?> wait = begin(InferenceMode.GENERATE);
    results.begin(pausing, InferenceMode.GENERATE, 1);
    assertThat(callback(NORMAL)).isEqualTo(1);
    running.set(false);
    assertThat(endsWithin(wait, SOON)).isTrue();

    running.set(true);
    wait = begin(InferenceMode.LOGITS);
    assertThat(callback(NORMAL)).isEqualTo(2);
    assertThat(endsWithin(wait, Duration.ofMillis(300))).isFalse();
    running.set(false);
    assertThat(endsWithin(wait, SOON)).isTrue();
  }

  @Test
  void interruption_isKeptAndEndsNothing() throws Exception {
    AtomicBoolean interrupted = new AtomicBoolean();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  results.begin(observer, InferenceMode.GENERATE, 1);
                  runs.begin();
                  runs.awaitEnd(
                      () -> {
                        looks.incrementAndGet();
                        return running.get();
                      });
                  interrupted.set(Thread.currentThread().isInterrupted());
                });
    thread.interrupt();
    assertThat(thread.join(Duration.ofMillis(400))).isFalse();
    assertThat(looks.get()).isLessThan(20);
    running.set(false);
    assertThat(thread.join(SOON)).isTrue();
    assertThat(interrupted).isTrue();
  }

  /** The thread of the run may need time to start. */
  @Test
  void startsAnyway_seenOnlyAtTheSecondCheck_isTrue() {
    runs.begin();
    assertThat(runs.startsAnyway(() -> looks.incrementAndGet() == 2)).isTrue();
    assertThat(runs.startsAnyway(() -> false)).isFalse();
  }
}
