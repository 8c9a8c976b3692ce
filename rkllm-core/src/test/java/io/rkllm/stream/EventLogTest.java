package io.rkllm.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class EventLogTest {
  @RepeatedTest(20)
  void readersBesideTheWriter_eachSeesAllInOrder() throws Exception {
    int tokens = 5_000;
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      EventLog<Token> log = new EventLog<>(executor);
      List<Callable<List<Integer>>> readers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        readers.add(() -> readToTheEnd(log));
      }
      List<Future<List<Integer>>> seen = new ArrayList<>();
      readers.forEach(reader -> seen.add(executor.submit(reader)));

      for (int i = 0; i < tokens; i++) {
        log.append(new Token(i, ""));
      }
      log.end(null);

      for (Future<List<Integer>> each : seen) {
        List<Integer> ids =
            each.get(30, TimeUnit.SECONDS); // would not complete after a lost wake-up
        assertThat(ids).hasSize(tokens).isSorted().doesNotHaveDuplicates();
      }
    }
  }

  /** A subscriber that cannot be served may be parked already. */
  @Test
  void readerParkedTwice_isWokenOnce_andSoAreTheOthers() {
    List<Runnable> handed = new ArrayList<>();
    EventLog<Token> log = new EventLog<>(handed::add);
    CountingReader first = new CountingReader();
    CountingReader second = new CountingReader();
    assertThat(log.parkForNext(first)).isTrue();
    assertThat(log.park(second, 0)).isTrue();
    assertThat(log.parkForNext(first)).isTrue();
    assertThat(log.park(second, 0)).isTrue();

    log.append(new Token(0, ""));
    assertThat(handed).hasSize(1);
    handed.getFirst().run();

    assertThat(first.wakeUps).isOne();
    assertThat(second.wakeUps).isOne();
    log.end(null);
    assertThat(log.parkForNext(first)).isFalse();
  }

  /** An exception while one reader is woken, whatever its type, does not affect the others. */
  @Test
  void readerThatThrowsAnException_doesNotKeepOthersFromBeingWoken() {
    List<Runnable> handed = new ArrayList<>();
    EventLog<Token> log = new EventLog<>(handed::add);
    CountingReader other = new CountingReader();
    log.park(other, 0);
    EventLog.Reader throwing =
        new EventLog.Reader() {
          @Override
          protected void wake() {
            throw new RejectedExecutionException("planted: of the scheduler of virtual threads");
          }
        };
    log.park(throwing, 0); // is woken first

    log.append(new Token(0, ""));
    assertThatThrownBy(handed.getFirst()::run).isInstanceOf(RejectedExecutionException.class);
    assertThat(other.wakeUps).isOne();
  }

  /** The writer wakes a single reader itself, and submits several to the waker together. */
  @Test
  void append_severalParkedReaders_makesOneWakeUp() {
    AtomicInteger handedOver = new AtomicInteger();
    List<Runnable> handed = new ArrayList<>();
    EventLog<Token> log =
        new EventLog<>(
            task -> {
              handedOver.incrementAndGet();
              handed.add(task);
            });
    CountingReader[] readers = new CountingReader[100];
    for (int i = 0; i < readers.length; i++) {
      readers[i] = new CountingReader();
      assertThat(log.park(readers[i], 0)).isTrue();
      assertThat(log.park(readers[i], 0)).isTrue(); // parking twice has no additional effect
    }

    log.append(new Token(1, "a"));

    assertThat(handedOver).hasValue(1);
    assertThat(readers).allMatch(reader -> reader.wakeUps == 0);
    handed.getFirst().run();
    assertThat(readers).allMatch(reader -> reader.wakeUps == 1);
    log.append(new Token(2, "b")); // no reader is parked any more
    assertThat(handedOver).hasValue(1);
  }

  /**
   * Like a thread: after it is woken, it parks with the number it had seen; the next time it is
   * another reader.
   */
  @Test
  void append_toAReaderThatWasWokenAndCameBack_findsNoOtherBesideIt() {
    EventLog<Token> log =
        new EventLog<>(
            _ -> {
              throw new AssertionError("a single reader needs no other thread to be woken");
            });
    CountingReader woken = new CountingReader();
    assertThat(log.park(woken, 0)).isTrue();
    log.append(new Token(1, "a"));
    assertThat(log.park(woken, 0)).isFalse();
    CountingReader next = new CountingReader();
    assertThat(log.park(next, 1)).isTrue();

    log.append(new Token(2, "b"));

    assertThat(next.wakeUps).isEqualTo(1);
    assertThat(woken.wakeUps).isEqualTo(1);
  }

  @Test
  void append_oneParkedReader_wakesItAtOnce() {
    EventLog<Token> log =
        new EventLog<>(
            task -> {
              throw new AssertionError("one reader needs no waker");
            });
    CountingReader reader = new CountingReader();
    log.park(reader, 0);

    log.append(new Token(1, "a"));

    assertThat(reader.wakeUps).isEqualTo(1);
    CountingReader late = new CountingReader();
    assertThat(log.park(late, 0)).isFalse(); // there is more than the reader has seen
    assertThat(log.park(reader, 1)).isTrue();
    log.end(null);
    assertThat(reader.wakeUps).isEqualTo(2);
    assertThat(late.wakeUps).isZero(); // it did not park
    assertThat(log.park(reader, 1)).isFalse();
  }

  // ---- No wake-up is lost

  /**
   * The writer waits for each event until all readers have seen it, so a lost wake-up blocks the
   * test. It appends the next event just as the readers park.
   */
  @ParameterizedTest
  @CsvSource({"1, 50000", "2, 6000", "3, 3000"})
  void readersThatTheWriterWaitsFor_areWokenByEachEventAndTheEnd(int readers, int logs)
      throws Exception {
    race(readers, logs, true);
  }

  /**
   * The writer waits only at the end of each log, which follows immediately or after a short time.
   */
  @ParameterizedTest
  @CsvSource({"1, 50000", "2, 10000", "4, 5000"})
  void readersOfManyShortLogs_areWokenByTheEnd(int readers, int logs) throws Exception {
    race(readers, logs, false);
  }

  private static void race(int readers, int logs, boolean inStep) throws Exception {
    try (ExecutorService waker = Executors.newSingleThreadExecutor();
        ExecutorService threads = Executors.newFixedThreadPool(readers)) {
      AtomicReference<EventLog<Token>> current = new AtomicReference<>(new EventLog<>(waker));
      List<RacingReader> racing = new ArrayList<>();
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < readers; i++) {
        RacingReader reader = new RacingReader();
        racing.add(reader);
        done.add(threads.submit(() -> reader.readAll(current, logs)));
      }
      Random random = new Random(42);
      Throwable end = new IllegalStateException("the end");
      for (int log = 1; log <= logs; log++) {
        EventLog<Token> written = current.get();
        int events = random.nextInt(3);
        for (int i = 1; i <= events; i++) {
          moment(random);
          written.append(new Token(i, ""));
          int seen = i;
          if (inStep) {
            awaitThat(() -> racing.stream().allMatch(reader -> reader.seen >= seen));
          }
        }
        moment(random);
        written.end(end);
        int ended = log;
        awaitThat(() -> racing.stream().allMatch(reader -> reader.ended == ended));
        racing.forEach(reader -> reader.seen = 0);
        current.set(new EventLog<>(waker));
      }
      for (Future<?> each : done) {
        each.get(30, TimeUnit.SECONDS);
      }
    }
  }

  /** Returns immediately or after some hundred nanoseconds. */
  private static void moment(Random random) {
    for (int i = random.nextInt(32); i > 0; i--) {
      Thread.onSpinWait();
    }
  }

  private static void awaitThat(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    for (int spins = 0; !condition.getAsBoolean(); spins++) {
      if (spins < 200) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(1_000);
        assertThat(System.nanoTime()).as("a wake-up was lost").isLessThan(deadline);
      }
    }
  }

  /** A thread that reads one log after the other. */
  private static final class RacingReader {
    volatile int seen;
    volatile int ended;

    void readAll(AtomicReference<EventLog<Token>> current, int logs) {
      EventLog<Token> last = null;
      for (int i = 0; i < logs; i++) {
        EventLog<Token> before = last;
        awaitThat(() -> current.get() != before);
        last = current.get();
        read(last, new SpinningReader());
        ended = i + 1;
      }
    }

    private void read(EventLog<Token> log, SpinningReader parking) {
      int read = 0;
      while (true) {
        boolean over = log.ended();
        int size = log.size();
        if (read < size) {
          read = size;
          seen = read;
        } else if (over) {
          if (log.failure() == null) {
            throw new AssertionError("the end is seen before its reason");
          }
          return;
        } else {
          parking.await(log, read);
        }
      }
    }
  }

  /** Parks like a thread but returns immediately, so that it meets the writer more often. */
  private static final class SpinningReader extends EventLog.Reader {
    private volatile boolean woken;

    @Override
    protected void wake() {
      woken = true;
    }

    void await(EventLog<?> log, int seen) {
      woken = false;
      if (log.park(this, seen)) {
        awaitThat(() -> woken);
      }
    }
  }

  /**
   * While the waker wakes readers, others park again and an event is appended, which submits one
   * more task.
   */
  @Test
  void append_whileTheWakerIsAtWork_isHandedToItOnceMore() {
    List<Runnable> handed = new ArrayList<>();
    EventLog<Token> log = new EventLog<>(handed::add);
    CountingReader quick = new CountingReader();
    EventLog.Reader parksAgain =
        new EventLog.Reader() {
          private boolean again = true;

          @Override
          protected void wake() {
            if (again) {
              again = false;
              log.park(this, 1);
              log.park(quick, 1);
              log.append(new Token(2, "b"));
            }
          }
        };
    CountingReader other = new CountingReader();
    log.park(parksAgain, 0);
    log.park(other, 0);
    log.append(new Token(1, "a"));
    assertThat(handed).hasSize(1);
    handed.removeFirst().run();

    assertThat(other.wakeUps).isEqualTo(1);
    assertThat(handed).hasSize(1);
    handed.removeFirst().run();
    assertThat(quick.wakeUps).isEqualTo(1);
  }

  @Test
  void append_untilTheWakerHasBegun_isHandedToItOnce() {
    List<Runnable> handed = new ArrayList<>();
    EventLog<Token> log = new EventLog<>(handed::add);
    for (int i = 0; i < 3; i++) {
      log.park(new CountingReader(), 0);
    }
    for (int i = 0; i < 5; i++) {
      log.append(new Token(i, "a"));
    }
    log.end(null);
    assertThat(handed).hasSize(1);
  }

  /** The writer wakes the readers itself if no thread can be created. */
  @Test
  void append_wakerThatRefuses_wakesAllItself() {
    AtomicInteger refused = new AtomicInteger();
    EventLog<Token> log =
        new EventLog<>(
            task -> {
              refused.incrementAndGet();
              throw new OutOfMemoryError("planted");
            });
    for (int round = 1;
        round <= 2;
        round++) { // the second round shows that the first had no lasting effect
      int seen = round - 1;
      CountingReader one = new CountingReader();
      CountingReader two = new CountingReader();
      assertThat(log.park(one, seen)).isTrue();
      assertThat(log.park(two, seen)).isTrue();

      log.append(new Token(1, "a"));

      assertThat(one.wakeUps).isEqualTo(1);
      assertThat(two.wakeUps).isEqualTo(1);
      assertThat(refused).hasValue(round);
      assertThat(log.size()).isEqualTo(round);
    }
  }

  @Test
  void wake_thatThrows_doesNotAffectOthers_andIsReported() {
    EventLog<Token> log =
        new EventLog<>(
            task -> {
              throw new RejectedExecutionException("planted");
            });
    CountingReader before = new CountingReader();
    CountingReader after = new CountingReader();
    log.park(after, 0);
    log.park(
        new EventLog.Reader() {
          @Override
          protected void wake() {
            throw new OutOfMemoryError("of a wake");
          }
        },
        0);
    log.park(before, 0);

    assertThatThrownBy(() -> log.end(null)).hasMessage("of a wake");
    assertThat(before.wakeUps).isEqualTo(1);
    assertThat(after.wakeUps).isEqualTo(1);
  }

  @Test
  void park_whereThereIsMoreOrTheEnd_doesNotPark() {
    EventLog<Token> log =
        new EventLog<>(
            task -> {
              throw new AssertionError("nobody is parked but one");
            });
    log.append(new Token(1, "a"));
    CountingReader late = new CountingReader();
    assertThat(log.park(late, 0)).isFalse();
    CountingReader reader = new CountingReader();
    assertThat(log.park(reader, 1)).isTrue();
    log.append(new Token(2, "b"));
    assertThat(reader.wakeUps).isEqualTo(1);
    assertThat(late.wakeUps).isZero();

    IllegalStateException failure = new IllegalStateException("planted");
    log.end(failure);
    log.end(failure);
    assertThat(log.park(late, 2)).isFalse();
    assertThat(log.ended()).isTrue();
    assertThat(log.failure()).isSameAs(failure);
  }

  @Test
  void log_thatGrows_keepsAllInPlace() {
    EventLog<Token> log = new EventLog<>(Runnable::run);
    for (int i = 0; i < 1_000; i++) {
      log.append(new Token(i, ""));
      assertThat(log.size()).isEqualTo(i + 1);
      assertThat(log.get(i).id()).isEqualTo(i);
    }
    for (int i = 0; i < 1_000; i++) {
      assertThat(log.get(i).id()).isEqualTo(i);
    }
  }

  private static List<Integer> readToTheEnd(EventLog<Token> log) throws InterruptedException {
    List<Integer> ids = new ArrayList<>();
    while (true) {
      boolean ended = log.ended();
      if (ids.size() < log.size()) {
        ids.add(log.get(ids.size()).id());
      } else if (ended) {
        return ids;
      } else {
        new ThreadReader().await(log, ids.size());
      }
    }
  }

  private static final class CountingReader extends EventLog.Reader {
    private int wakeUps;

    @Override
    protected void wake() {
      wakeUps++;
    }
  }
}
