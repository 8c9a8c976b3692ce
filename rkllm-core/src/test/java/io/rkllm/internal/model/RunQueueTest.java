package io.rkllm.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.InferenceException;
import io.rkllm.ModelBusyException;
import io.rkllm.ModelClosedException;
import io.rkllm.input.TextPrompt;
import io.rkllm.internal.handle.Leases;
import io.rkllm.internal.run.RunPlan;
import io.rkllm.internal.run.RunTask;
import io.rkllm.internal.run.Turn;
import io.rkllm.spi.RunRequest;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs that are queued when the queue is full, or just as the model is closed. */
@Timeout(30)
class RunQueueTest {
  private final ScriptedRuntime runtime = ScriptedRuntime.answering(prompt -> Script.of("ok"));
  private final ModelWorker worker = load(options -> {});

  private ModelWorker load(Consumer<ModelOptions> change) {
    ModelOptions options = new ModelOptions(Path.of("scripted"));
    change.accept(options);
    ModelWorker loaded = new ModelWorker(options, runtime);
    loaded.load(null);
    return loaded;
  }

  @AfterEach
  void close() {
    worker.beginClose();
    assertThat(worker.awaitClosed(Duration.ofSeconds(10))).isTrue();
    assertThat(runtime.openModels()).isZero();
  }

  @Test
  void submit_fullQueue_refusesAndFreesNoPlaceOfOthers() {
    ModelWorker narrow = load(options -> options.queueCapacity = 0);
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    RunTask running = task(narrow, _ -> goOn.join());
    running.submit();
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> task(narrow, _ -> {}).submit())
          .isInstanceOf(ModelBusyException.class);
    }
    goOn.complete(null);
    assertThat(running.answers().getFirst().ended().join().text()).isEqualTo("ok");
    narrow.beginClose();
    assertThat(narrow.awaitClosed(Duration.ofSeconds(10))).isTrue();
  }

  /** The close may not have seen the run, which would then never be made. */
  @Test
  void run_queuedOnceTheModelIsClosed_ends() {
    worker.beginClose();
    RunTask task = task(worker, _ -> {});

    task.queued();

    assertThat(task.answers().getFirst().ended())
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableThat()
        .withCauseInstanceOf(InferenceException.class)
        .withMessageContaining("closed before this generation began");
  }

  @Test
  void submit_toAClosedModel_isRefused() {
    worker.beginClose();
    assertThatThrownBy(() -> task(worker, _ -> {}).submit())
        .isInstanceOf(ModelClosedException.class)
        .hasMessageContaining("closed");
  }

  private static RunTask task(ModelWorker worker, Consumer<RunRequest> before) {
    RunRequest request = RunRequest.of(TextPrompt.of("x"));
    Turn turn =
        model -> {
          before.accept(request);
          return request;
        };
    return new RunTask(worker.parts(), turn, RunPlan.generation().build(), 1, Leases.of(List.of()));
  }
}
