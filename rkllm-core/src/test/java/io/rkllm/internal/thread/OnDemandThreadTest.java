package io.rkllm.internal.thread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class OnDemandThreadTest {
  private final OnDemandThread thread = new OnDemandThread("rkllm-test-on-demand");
  private final CountDownLatch done = new CountDownLatch(1);

  @Test
  void work_thatThrows_isLogged_andWhatComesAfterIsDone() throws Exception {
    thread.execute(() -> fail("of work"));
    Runnable _ = thread.schedule(() -> fail("of an alarm"), Duration.ofMillis(1));
    Runnable _ = thread.schedule(done::countDown, Duration.ofMillis(20));

    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    String log = Files.readString(Path.of(System.getProperty("org.slf4j.simpleLogger.logFile")));
    assertThat(log).contains("an error of work", "an error of an alarm");
  }

  @Test
  void close_runsPendingTasks_dropsAlarms_andStillAcceptsTasks() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    thread.execute(
        () -> {
          begun.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    begun.await();
    CountDownLatch given = new CountDownLatch(1);
    thread.execute(given::countDown);
    AtomicBoolean late = new AtomicBoolean();
    Runnable _ = thread.schedule(() -> late.set(true), Duration.ofHours(1));
    thread.close();
    Runnable _ = thread.schedule(() -> late.set(true), Duration.ZERO);
    thread.execute(done::countDown);
    goOn.countDown();

    assertThat(given.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    await()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(it -> it.getName().equals("rkllm-test-on-demand")));
    assertThat(late).isFalse();
  }

  /** The first caller may be a thread of another application. */
  @Test
  void tasks_haveTheClassLoaderOfTheApplicationThatMadeTheThread() throws Exception {
    ClassLoader own = Thread.currentThread().getContextClassLoader();
    CompletableFuture<ClassLoader> seen = new CompletableFuture<>();
    Thread caller =
        Thread.ofPlatform()
            .unstarted(
                () ->
                    thread.execute(
                        () -> seen.complete(Thread.currentThread().getContextClassLoader())));
    caller.setContextClassLoader(ClassLoader.getPlatformClassLoader());
    caller.start();
    assertThat(seen.get(30, TimeUnit.SECONDS)).isEqualTo(own);
  }

  /** On a board, the clock advances every 42 ns. */
  @Test
  void tasksDueAtTheSameTime_keepTheirOrder() {
    OnDemandThread.Task first = new OnDemandThread.Task(() -> {}, 5, 1);
    OnDemandThread.Task second = new OnDemandThread.Task(() -> {}, 5, 2);
    OnDemandThread.Task earlier = new OnDemandThread.Task(() -> {}, 4, 3);
    assertThat(first).isLessThan(second);
    assertThat(second).isGreaterThan(first);
    assertThat(earlier).isLessThan(first);
  }

  // ---- No memory, or no thread

  /** Throws the exception of a failed allocation while {@link #failures} is positive. */
  private void allocate() {
    if (failures.getAndDecrement() > 0) {
      throw new OutOfMemoryError("planted");
    }
  }

  private final AtomicInteger failures = new AtomicInteger();

  private final DelayQueue<OnDemandThread.Task> tasks =
      new DelayQueue<>() {
        @Override
        public boolean add(OnDemandThread.Task task) {
          allocate();
          return super.add(task);
        }

        @Override
        public OnDemandThread.Task poll(long timeout, TimeUnit unit) throws InterruptedException {
          allocate();
          return super.poll(timeout, unit);
        }
      };

  private Thread startingAfter(Runnable action, Runnable work) {
    Thread thread =
        new Thread(work) {
          @Override
          public synchronized void start() {
            action.run();
            super.start();
          }
        };
    thread.setDaemon(true);
    return thread;
  }

  private OnDemandThread onFullHeap() {
    return new OnDemandThread(Thread.ofPlatform().daemon().factory(), tasks);
  }

  @Test
  void execute_noThreadCanBeStarted_throwsAndForgetsTheTask_andTheNextIsRun() throws Exception {
    OnDemandThread scarce =
        new OnDemandThread(work -> startingAfter(this::allocate, work), new DelayQueue<>());
    AtomicBoolean run = new AtomicBoolean();
    failures.set(1);
    assertThatThrownBy(() -> scarce.execute(() -> run.set(true)))
        .isInstanceOf(OutOfMemoryError.class);
    assertThat(scarce.isCurrent()).isFalse();

    scarce.execute(done::countDown);
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(run).isFalse();
  }

  /**
   * Another caller, at the same time, may have been able to start a thread, which took the task.
   */
  @Test
  void execute_noThreadCanBeStarted_butTheTaskWasTaken_succeeds() {
    CountDownLatch taken = new CountDownLatch(1);
    OnDemandThread scarce =
        new OnDemandThread(
            work ->
                startingAfter(
                    () -> {
                      tasks.remove();
                      taken.countDown();
                      throw new OutOfMemoryError("planted");
                    },
                    work),
            tasks);
    assertThatCode(() -> scarce.execute(() -> {})).doesNotThrowAnyException();
    assertThat(taken.getCount()).isZero();
  }

  @Test
  void heapIsFullBetweenTwoTasks_theyAreRunNevertheless() throws Exception {
    OnDemandThread full = onFullHeap();
    CountDownLatch both = new CountDownLatch(2);
    full.execute(
        () -> {
          full.execute(both::countDown);
          failures.set(3); // for the thread, which looks for the next task
          both.countDown();
        });
    assertThat(both.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(failures.get()).isNegative();
  }

  @Test
  void heapIsFull_executeThrows_andCloseDoesNot() throws Exception {
    OnDemandThread full = onFullHeap();
    CountDownLatch goOn = new CountDownLatch(1);
    full.execute(
        () -> {
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          done.countDown();
        });
    await().until(() -> tasks.isEmpty());
    failures.set(2);
    assertThatThrownBy(() -> full.execute(() -> {})).isInstanceOf(OutOfMemoryError.class);
    assertThatCode(full::close).doesNotThrowAnyException();
    goOn.countDown();
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void schedule_cancelled_leavesNothing() {
    Runnable cancel = onFullHeap().schedule(() -> {}, Duration.ofHours(1));
    assertThat(tasks).hasSize(1);
    cancel.run();
    assertThat(tasks).isEmpty();
  }

  private static void fail(String what) {
    throw new AssertionError("an error " + what);
  }
}
