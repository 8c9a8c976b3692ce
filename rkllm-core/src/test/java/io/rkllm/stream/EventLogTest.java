package io.rkllm.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
        List<Integer> ids = each.get(30, TimeUnit.SECONDS); // a lost wake-up would keep it waiting
        assertThat(ids).hasSize(tokens).isSorted().doesNotHaveDuplicates();
      }
    }
  }

  /** The writer wakes a single reader itself, and hands several to the waker at once. */
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
      assertThat(log.park(readers[i], 0)).isTrue(); // parking twice is parking once
    }

    log.append(new Token(1, "a"));

    assertThat(handedOver).hasValue(1);
    assertThat(readers).allMatch(reader -> reader.wakeUps == 0);
    handed.getFirst().run();
    assertThat(readers).allMatch(reader -> reader.wakeUps == 1);
    log.append(new Token(2, "b")); // nobody is parked any more
    assertThat(handedOver).hasValue(1);
  }

  /** As a thread does it: woken, it asks again with what it had seen, and next time is another. */
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
    assertThat(log.park(reader, 0)).isFalse(); // there is more than it has seen
    assertThat(log.park(reader, 1)).isTrue();
    log.end(null);
    assertThat(reader.wakeUps).isEqualTo(2);
    assertThat(log.park(reader, 1)).isFalse();
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
