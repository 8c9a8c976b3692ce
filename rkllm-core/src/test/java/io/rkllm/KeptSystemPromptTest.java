package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RuntimeProvider;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clearing the KV cache keeps the system prompt where the next run begins with it, and removes all
 * of the cache where its contents are unknown or the caller asks for that.
 */
@Timeout(30)
class KeptSystemPromptTest {
  @TempDir Path folder;

  private final Hold hold = new Hold();
  private final ScriptedRuntime scripted =
      ScriptedRuntime.answering(
          prompt -> {
            Script held = Script.of("a").then(hold::here).then("b");
            return switch (prompt) {
              case "held to its end" -> held;
              case "held without its end" -> held.withoutFinish();
              default -> Script.counting(1000);
            };
          });
  private NativeModel nativeModel;
  private RkllmModel model;

  @BeforeEach
  void load() {
    InferenceRuntime runtime = mock(InferenceRuntime.class, delegatesTo(scripted));
    doAnswer(
            call -> {
              NativeModel loaded = scripted.load(call.getArgument(0));
              nativeModel = mock(NativeModel.class, delegatesTo(loaded));
              return nativeModel;
            })
        .when(runtime)
        .load(any());
    RuntimeProvider provider = mock(RuntimeProvider.class);
    when(provider.open(any())).thenReturn(runtime);
    model = RkllmModel.builder(Path.of("scripted")).runtime(provider).load();
  }

  @AfterEach
  void close() {
    hold.release();
    model.close();
  }

  private void assertClearedOnce(boolean keepingSystemPrompt) {
    await().untilAsserted(() -> verify(nativeModel).clearKvCache(keepingSystemPrompt));
    verify(nativeModel, never()).clearKvCache(!keepingSystemPrompt);
  }

  /** Cancels a run after its first token. */
  private void cancel(String prompt) throws Exception {
    Generation generation = model.generate(prompt);
    hold.awaitReached();
    generation.cancel();
    await().until(() -> scripted.aborts() > 0);
    hold.release();
    assertThat(generation.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void firstTurnOfASession_keepsIt() {
    try (InferenceSession session = model.openSession()) {
      session.generate("x").text();
    }
    assertClearedOnce(true);
  }

  @Test
  void stoppedRun_keepsIt() throws Exception {
    cancel("held without its end");
    assertClearedOnce(true);
  }

  @Test
  void closedPause_removesIt() {
    Pausing.pausedRun(model, "x").close();
    assertClearedOnce(false);
  }

  /** The aborted run comes to its end, so nothing else has cleared the cache. */
  @Test
  void promptCacheAfterAnAbort_removesIt() throws Exception {
    cancel("held to its end");
    model.loadPromptCache(Files.createFile(folder.resolve("cache"))).close();
    assertClearedOnce(false);
  }

  @Test
  void callerDecides() {
    model.kvCache().clear();
    assertClearedOnce(false);
    model.kvCache().clearKeepingSystemPrompt();
    verify(nativeModel).clearKvCache(true);
    verify(nativeModel).clearKvCache(false);
  }
}
