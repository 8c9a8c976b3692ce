package io.rkllm.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockConstruction;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmModel;
import io.rkllm.UnsupportedFeatureException;
import io.rkllm.chat.ChatFormat;
import io.rkllm.runtime.Capability;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RuntimeProvider;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.MockedConstruction;

/** A load that fails releases what its earlier steps have taken. */
@Timeout(30)
class LoadFailureTest {
  private static final int DOMAIN = 244;

  private final ScriptedRuntime scripted = ScriptedRuntime.answering(prompt -> Script.of("ok"));
  private final NativeModel model = mock(NativeModel.class);
  private final InferenceRuntime runtime = mock(InferenceRuntime.class);
  private final RuntimeProvider provider = mock(RuntimeProvider.class);

  @BeforeEach
  void loadMocks() {
    when(provider.open(any())).thenReturn(runtime);
    when(runtime.info()).thenReturn(scripted.info());
    when(runtime.load(any())).thenReturn(model);
  }

  private RkllmModel.Builder builder() {
    return RkllmModel.builder(Path.of("mocked")).runtime(provider).baseDomain(DOMAIN);
  }

  /** The base domain and the thread are released by then. */
  @AfterEach
  void theNextLoadSucceeds() {
    RkllmModel.builder(Path.of("scripted")).runtime(scripted).baseDomain(DOMAIN).load().close();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("rkllm-model-mocked");
  }

  @Test
  void openFails_nothingIsReleased() {
    when(provider.open(any())).thenThrow(new IllegalStateException("planted"));
    assertThatThrownBy(builder()::load).hasMessage("planted");
    verify(runtime, never()).release();
  }

  @Test
  void runtimeLacksACapability_isReleased() {
    when(runtime.info()).thenReturn(scripted.withCapabilities(Set.of()).info());
    assertThatThrownBy(() -> builder().batchSize(2).load())
        .isInstanceOfSatisfying(
            UnsupportedFeatureException.class,
            e -> assertThat(e.capability()).isEqualTo(Capability.BATCHES));
    verify(runtime, never()).load(any());
    verify(runtime).release();
  }

  @Test
  void nativeLoadFails_theRuntimeIsReleased() {
    when(runtime.load(any())).thenThrow(new IllegalStateException("planted"));
    assertThatThrownBy(builder()::load).hasMessage("planted");
    verify(runtime).release();
  }

  @Test
  void templateCannotBeBlanked_theModelIsDestroyed_andThenTheRuntimeReleased() {
    when(model.setChatTemplate(any())).thenReturn(-7);
    assertThatThrownBy(() -> builder().chatFormat(ChatFormat.chatMl()).load())
        .isInstanceOfSatisfying(
            ModelLoadException.class, e -> assertThat(e.nativeCode()).isEqualTo(-7))
        .hasMessageContaining("could not be switched off");
    assertDestroyedOnce();
  }

  /** The heap may be full when the native model has been loaded. */
  @Test
  void objectOfTheApplicationCannotBeMade_theModelIsDestroyed() {
    try (MockedConstruction<Runs> _ =
        mockConstruction(
            Runs.class,
            (runs, context) -> {
              throw new OutOfMemoryError("planted");
            })) {
      assertThatThrownBy(builder()::load).hasRootCauseMessage("planted");
    }
    await().untilAsserted(this::assertDestroyedOnce); // the caller does not wait for it
    await()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().equals("rkllm-model-mocked")));
  }

  private void assertDestroyedOnce() {
    var order = inOrder(model, runtime);
    order.verify(model).destroy();
    order.verify(runtime).release();
  }
}
