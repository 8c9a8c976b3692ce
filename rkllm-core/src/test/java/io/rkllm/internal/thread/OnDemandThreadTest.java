package io.rkllm.internal.thread;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
    org.awaitility.Awaitility.await()
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

  private static void fail(String what) {
    throw new AssertionError("an error " + what);
  }
}
