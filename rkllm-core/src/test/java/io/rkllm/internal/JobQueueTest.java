package io.rkllm.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.InferenceException;
import io.rkllm.ModelBusyException;
import io.rkllm.input.TextPrompt;
import io.rkllm.scripted.Script;
import io.rkllm.scripted.ScriptedRuntime;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.RunRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What comes into the queue in the moment in which nobody looks into it any more. */
@Timeout(30)
class JobQueueTest {
  private final ScriptedRuntime runtime = ScriptedRuntime.answering(prompt -> Script.of("ok"));
  private final ModelWorker worker = load(options -> {});
  private final Queue<Runnable> jobs = new ConcurrentLinkedQueue<>();
  private final AtomicInteger looks = new AtomicInteger();

  private ModelWorker load(Consumer<ModelOptions> change) {
    ModelOptions options = new ModelOptions(Path.of("scripted"));
    change.accept(options);
    ModelWorker loaded = new ModelWorker(options, runtime);
    loaded.load();
    return loaded;
  }

  @AfterEach
  void close() {
    worker.beginClose();
    assertThat(worker.awaitClosed(Duration.ofSeconds(10))).isTrue();
    assertThat(runtime.openModels()).isZero();
  }

  /** Throws at this look and at those after it. */
  private Runnable refusingFrom(int look) {
    return () -> {
      if (looks.incrementAndGet() >= look) {
        throw new IllegalStateException("look " + looks.get());
      }
    };
  }

  @Test
  void call_refusedBefore_isNotQueued() {
    assertThatThrownBy(() -> worker.queue().call("x()", _ -> 1, jobs, refusingFrom(1)))
        .hasMessage("look 1");
    assertThat(jobs).isEmpty();
  }

  /** Nobody would make it any more, so that its caller would wait without end. */
  @Test
  void call_refusedOnceItIsQueued_isTakenBack() {
    assertThatThrownBy(() -> worker.queue().call("x()", _ -> 1, jobs, refusingFrom(2)))
        .hasMessage("look 2");
    assertThat(jobs).isEmpty();
  }

  @Test
  void call_refusedOnceItHasBeenMade_givesItsResult() {
    Runnable guard =
        () -> {
          if (looks.incrementAndGet() == 2) {
            jobs.remove().run(); // by the model's thread, just before the second look
            throw new IllegalStateException("too late");
          }
        };
    assertThat(worker.queue().<Integer>call("x()", _ -> 1, jobs, guard)).isEqualTo(1);
  }

  @Test
  void call_refusedByNobody_looksTwice() {
    var result =
        CompletableFuture.supplyAsync(
            () -> worker.queue().<Integer>call("x()", _ -> 1, jobs, refusingFrom(3)));
    await().until(() -> looks.get() == 2);
    assertThat(jobs).hasSize(1);
    jobs.remove().run();
    assertThat(result.join()).isEqualTo(1);
  }

  @Test
  void submit_fullQueue_refusesAndFreesNoPlaceOfOthers() {
    ModelWorker narrow = load(options -> options.queueCapacity = 0);
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    RunTask running = task(narrow, _ -> goOn.join());
    narrow.queue().submit(running);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> narrow.queue().submit(task(narrow, _ -> {})))
          .isInstanceOf(ModelBusyException.class);
    }
    goOn.complete(null);
    assertThat(running.answers().getFirst().ended().join().text()).isEqualTo("ok");
    narrow.beginClose();
    assertThat(narrow.awaitClosed(Duration.ofSeconds(10))).isTrue();
  }

  /** It may have come too late for the close to see it, and nobody would make it any more. */
  @Test
  void run_queuedOnceTheModelIsClosed_ends() {
    worker.beginClose();
    RunTask task = task(worker, _ -> {});

    worker.queue().resume(task, jobs);

    assertThat(task.answers().getFirst().ended())
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableThat()
        .withCauseInstanceOf(InferenceException.class)
        .withMessageContaining("closed before this generation began");
  }

  @Test
  void pause_onceTheModelIsClosed_isOver() {
    RunTask task = task(worker, _ -> {});
    assertThat(worker.queue().pause(task).isOver()).isFalse();
    worker.beginClose();
    assertThat(worker.queue().pause(task).isOver()).isTrue();
  }

  @Test
  void submit_toAClosedModel_isRefused() {
    worker.beginClose();
    assertThatThrownBy(() -> worker.queue().submit(task(worker, _ -> {})))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  private static RunTask task(ModelWorker worker, Consumer<RunRequest> before) {
    RunRequest request = RunRequest.of(TextPrompt.of("x"));
    RunPlan plan =
        new RunPlan(
            InferenceMode.GENERATE, null, null, null, false, List.of(), null, null, null, 0);
    Turn turn =
        model -> {
          before.accept(request);
          return request;
        };
    return new RunTask(worker, turn, plan, 1, Leases.of(List.of()));
  }
}
