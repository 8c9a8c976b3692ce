package io.rkllm.internal.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.FinishReason;
import io.rkllm.GenerationResult;
import io.rkllm.input.TextPrompt;
import io.rkllm.internal.handle.Leases;
import io.rkllm.internal.run.RunPlan;
import io.rkllm.internal.run.RunTask;
import io.rkllm.internal.run.Stop;
import io.rkllm.internal.run.Turn;
import io.rkllm.spi.RunPerformance;
import io.rkllm.spi.RunRequest;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An abort reaches native code only while the run that it is meant for is in progress. */
@Timeout(30)
class RunGateTest {
  private final CountDownLatch firstIsThere = new CountDownLatch(1);
  private final CountDownLatch firstGoesOn = new CountDownLatch(1);
  private final CountDownLatch secondIsThere = new CountDownLatch(1);
  private final CountDownLatch secondGoesOn = new CountDownLatch(1);
  private final AtomicBoolean interrupted = new AtomicBoolean();
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt ->
              switch (prompt) {
                case "first" ->
                    Script.of("a").then(firstIsThere::countDown).then(firstGoesOn::await);
                case "finishes" ->
                    Script.of("a")
                        .thenFinish(RunPerformance.NONE)
                        .then(firstIsThere::countDown)
                        .then(firstGoesOn::await);
                case "interrupted" ->
                    Script.of("a")
                        .then(() -> Thread.currentThread().interrupt())
                        .thenFinish(RunPerformance.NONE)
                        .then(() -> interrupted.set(Thread.interrupted()));
                default ->
                    Script.of("b")
                        .then(secondIsThere::countDown)
                        .then(secondGoesOn::await)
                        .then("c");
              });
  private final ModelWorker worker =
      new ModelWorker(new ModelOptions(Path.of("scripted")), runtime);

  RunGateTest() {
    worker.load(null);
  }

  @AfterEach
  void close() {
    firstGoesOn.countDown();
    secondGoesOn.countDown();
    worker.beginClose();
    assertThat(worker.awaitClosed(Duration.ofSeconds(10))).isTrue();
  }

  private RunTask submit(String prompt) {
    RunRequest request = RunRequest.of(TextPrompt.of(prompt));
    RunTask task = task(_ -> request);
    task.submit();
    return task;
  }

  private RunTask task(Turn turn) {
    return new RunTask(worker.parts(), turn, RunPlan.generation().build(), 1, Leases.of(List.of()));
  }

  private static void cancel(RunTask task) {
    task.answers().getFirst().stop(Stop.CANCELLED);
  }

  private static GenerationResult result(RunTask task) {
    return task.answers().getFirst().ended().join();
  }

  /** Waits until the thread for aborts has completed its earlier tasks. */
  private void awaitAborter() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    worker.parts().threads().aborter().execute(done::countDown);
    done.await();
  }

  @Test
  void abort_ofTheRunUnderWay_reachesNativeCode() throws Exception {
    RunTask run = submit("second");
    secondIsThere.await();
    cancel(run);
    awaitAborter();
    assertThat(runtime.aborts()).isOne();
    secondGoesOn.countDown();
    assertThat(result(run).text()).isEqualTo("b");
  }

  @Test
  void abort_ofARunThatHasEnded_doesNotReachTheNext() throws Exception {
    CountDownLatch aborterGoesOn = new CountDownLatch(1);
    worker.parts().threads().aborter().execute(() -> join(aborterGoesOn)); // delays the thread
    RunTask first = submit("first");
    firstIsThere.await();
    cancel(first);
    firstGoesOn.countDown();
    assertThat(result(first).finishReason()).isEqualTo(FinishReason.CANCELLED);
    RunTask second = submit("second");
    secondIsThere.await();

    aborterGoesOn.countDown();
    awaitAborter();

    assertThat(runtime.aborts()).isZero();
    secondGoesOn.countDown();
    assertThat(result(second).text()).isEqualTo("bc");
    assertThat(worker.handle().cacheLeftByAbort()).isFalse();
  }

  /** Native code has reported FINISH; an abort would be kept and end the next run. */
  @Test
  void abort_afterFinish_doesNotReachNativeCode() throws Exception {
    RunTask run = submit("finishes");
    firstIsThere.await();
    cancel(run);
    awaitAborter();
    firstGoesOn.countDown();

    assertThat(result(run).finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(runtime.aborts()).isZero();
  }

  /** The interrupt is that of a thread of the native library. */
  @Test
  void finish_onAnInterruptedThread_keepsTheInterrupt() {
    RunTask run = submit("interrupted");
    assertThat(result(run).text()).isEqualTo("a");
    assertThat(interrupted).isTrue();
  }

  @Test
  void abort_whileNoRunIsUnderWay_doesNotReachNativeCode() throws Exception {
    firstGoesOn.countDown();
    RunTask run = submit("first");
    result(run);
    run.abort();
    awaitAborter();
    assertThat(runtime.aborts()).isZero();
  }

  /** The model is closed while a run is being prepared, which no other code would stop. */
  @Test
  void run_ofAModelThatClosesMeanwhile_doesNotReachNativeCode() {
    RunRequest request = RunRequest.of(TextPrompt.of("second"));
    Turn closing =
        model -> {
          worker.beginClose();
          return request;
        };
    RunTask task = task(closing);
    task.submit();

    assertThat(task.answers().getFirst().ended())
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableThat()
        .withMessageContaining("closed before this generation began");
    assertThat(runtime.requests()).isEmpty();
  }

  @Test
  void run_thatIsStoppedWhileItIsPrepared_doesNotReachNativeCode() {
    RunTask[] task = new RunTask[1];
    CountDownLatch made = new CountDownLatch(1);
    RunRequest request = RunRequest.of(TextPrompt.of("second"));
    Turn stopping =
        model -> {
          join(made);
          cancel(task[0]);
          return request;
        };
    task[0] = task(stopping);
    made.countDown();
    task[0].submit();

    assertThat(result(task[0]).finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(runtime.requests()).isEmpty();
    assertThat(runtime.aborts()).isZero();
  }

  private static void join(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
