package io.rkllm.internal.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mockConstruction;

import io.rkllm.Generation;
import io.rkllm.PausedGeneration;
import io.rkllm.RkllmModel;
import io.rkllm.internal.handle.Leases;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.MockedConstruction;

/** A run that cannot be stopped properly must not keep a pause, or the model, open. */
@Timeout(60)
class PausedCloseTest {
  private final CountDownLatch inCall = new CountDownLatch(1);
  private final CountDownLatch callMayEnd = new CountDownLatch(1);
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(prompt -> Script.counting(10_000))
          .duringCalls(
              () -> {
                inCall.countDown();
                try {
                  callMayEnd.await();
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              });

  private PausedGeneration pause(RkllmModel model) {
    while (true) {
      Optional<PausedGeneration> paused = model.generate("count").pause();
      if (paused.isPresent()) {
        return paused.get();
      }
    }
  }

  /** The model's thread is in a call of the pause when the model is closed. */
  @ParameterizedTest
  @ValueSource(classes = {IllegalStateException.class, OutOfMemoryError.class})
  void resumedRunThatWaits_stoppingItThrows_itEndsAndTheModelIsDestroyed(
      Class<? extends Throwable> planted) throws Exception {
    RkllmModel model = RkllmModel.builder(Path.of("scripted")).runtime(runtime).load();
    PausedGeneration paused = pause(model);
    CompletableFuture<Void> call =
        CompletableFuture.runAsync(
            () -> paused.clearKvCache(0, 1), task -> new Thread(task).start());
    inCall.await();
    Generation resumed;
    try (MockedConstruction<Leases> leases =
        mockConstruction(Leases.class, (lease, context) -> doThrow(planted).when(lease).close())) {
      resumed = paused.resume();
      assertThat(leases.constructed()).hasSize(1);
    }
    Thread closing = Thread.ofPlatform().start(model::close);
    await().until(resumed::isDone); // before native code has come back
    callMayEnd.countDown();

    closing.join();
    assertThat(runtime.openModels()).isZero();
    assertThatThrownBy(() -> resumed.result().get(10, TimeUnit.SECONDS))
        .hasMessageContaining("closed before");
    assertThat(call).succeedsWithin(10, TimeUnit.SECONDS);
  }

  /** The runtime is still paused, and would continue the next run. */
  @Test
  void resumedRunThatNeverBegan_clearsTheCache() throws Exception {
    try (RkllmModel model = RkllmModel.builder(Path.of("scripted")).runtime(runtime).load()) {
      PausedGeneration paused = pause(model);
      Thread call = Thread.ofPlatform().start(() -> paused.clearKvCache(0, 1));
      inCall.await();
      Generation resumed = paused.resume();
      resumed.cancel();
      callMayEnd.countDown();
      call.join();
      await().until(() -> runtime.clears() == 1);
    }
  }
}
