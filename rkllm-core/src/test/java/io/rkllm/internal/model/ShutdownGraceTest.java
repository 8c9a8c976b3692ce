package io.rkllm.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.input.TextPrompt;
import io.rkllm.internal.handle.Leases;
import io.rkllm.internal.run.RunPlan;
import io.rkllm.internal.run.RunTask;
import io.rkllm.internal.run.Stop;
import io.rkllm.spi.RunRequest;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The time that a model stays open after the shutdown of the JVM has begun. */
@Timeout(30) // less than the default grace period
class ShutdownGraceTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt -> Script.of("a").then(started::countDown).then(goOn::await).then("b"));
  private final ModelOptions options = new ModelOptions(Path.of("scripted"));
  private ModelWorker worker;

  private void load() {
    worker = new ModelWorker(options, runtime);
    worker.load(null);
  }

  @AfterEach
  void close() {
    goOn.countDown();
    worker.beginClose();
    assertThat(worker.awaitClosed(Duration.ofSeconds(10))).isTrue();
  }

  /** Spring Boot gives requests 30 seconds. */
  @Test
  void default_isLongerThanFrameworksGiveTheirRequests() {
    load();
    assertThat(worker.shutdownGrace().atMost()).isGreaterThan(Duration.ofSeconds(30));
    assertThat(worker.shutdownGrace().untilClosed()).isFalse();
  }

  @Test
  void idleModel_isClosedAtOnce() {
    load();
    worker.closeAfterGrace();
    assertThat(worker.parts().queue().isOpen()).isFalse();
  }

  @Test
  void runInProgress_isAwaited() throws Exception {
    load();
    RunTask run = run();
    CompletableFuture<Void> shutdown = waitingShutdown();
    assertThat(worker.parts().queue().isOpen()).isTrue();
    goOn.countDown();
    shutdown.join();
    assertThat(run.answers().getFirst().ended().join().text()).isEqualTo("ab");
  }

  @Test
  void runThatWasGivenUp_isNotAwaited() throws Exception {
    options.waitForGenerations(LONG);
    options.stopGrace = Duration.ofMillis(1);
    load();
    run().answers().getFirst().stop(Stop.CANCELLED);
    await().until(worker.parts().gate()::isOverdue);
    worker.closeAfterGrace();
    assertThat(worker.parts().queue().isOpen()).isFalse();
  }

  @Test
  void runThatTakesLonger_isClosed() throws Exception {
    options.waitForGenerations(Duration.ofMillis(1));
    load();
    run();
    worker.closeAfterGrace();
    assertThat(worker.parts().queue().isOpen()).isFalse();
  }

  /** The application closes the model, although native code has not returned. */
  @Test
  void modelClosedMeanwhile_endsTheWait() throws Exception {
    options.waitForGenerations(LONG);
    load();
    run();
    CompletableFuture<Void> shutdown = waitingShutdown();
    worker.beginClose();
    shutdown.join();
  }

  @Test
  void closedByApplication_idleModel_staysOpenUntilItIsClosed() {
    options.waitForApplication(LONG);
    load();
    CompletableFuture<Void> shutdown = waitingShutdown();
    assertThat(worker.parts().queue().isOpen()).isTrue();
    worker.beginClose();
    shutdown.join();
  }

  @Test
  void closedByApplication_thatForgets_isClosedAfterTheTime() {
    options.waitForApplication(Duration.ofMillis(1));
    load();
    worker.closeAfterGrace();
    assertThat(worker.parts().queue().isOpen()).isFalse();
  }

  private CompletableFuture<Void> waitingShutdown() {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  worker.closeAfterGrace();
                  ended.complete(null);
                });
    await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    return ended;
  }

  /** Starts a run and waits for its first token. */
  private RunTask run() throws InterruptedException {
    RunRequest request = RunRequest.of(TextPrompt.of("x"));
    RunTask run =
        new RunTask(
            worker.parts(), _ -> request, RunPlan.generation().build(), 1, Leases.of(List.of()));
    run.submit();
    started.await();
    return run;
  }
}
