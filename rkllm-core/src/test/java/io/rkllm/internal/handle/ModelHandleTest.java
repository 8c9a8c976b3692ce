package io.rkllm.internal.handle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.rkllm.RkllmException;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.NativeFloats;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ModelHandleTest {
  private final NativeModel model = mock(NativeModel.class);
  private final NativeFloats keys = NativeFloats.allocate(1);
  private final NativeFloats values = NativeFloats.allocate(1);

  private ModelHandle load() {
    InferenceRuntime runtime = mock(InferenceRuntime.class);
    when(runtime.load(any())).thenReturn(model);
    RuntimeProvider provider = mock(RuntimeProvider.class);
    when(provider.open(any())).thenReturn(runtime);
    ModelHandle handle = new ModelHandle("x", provider, ModelConfig.of(Path.of("/x")), null);
    handle.open(new RuntimeOptions(null, null, false));
    handle.load();
    return handle;
  }

  private Leases leases() {
    return Leases.of(
        CrossAttention.of(
            new CrossAttention.Shape(1, 1, 1), keys, values, new float[1], new int[1]));
  }

  /** Native code may still read it. */
  @Test
  void destroy_thatFails_keepsTheMemoryOpen() {
    doThrow(new RkllmException("planted", "rkllm_destroy", -1, null)).when(model).destroy();
    ModelHandle handle = load();
    handle.holdForCrossAttention(leases(), true);
    assertThatThrownBy(handle::destroy).isInstanceOf(RkllmException.class);
    assertThatThrownBy(keys::close).hasMessageContaining("in use");
  }

  @Test
  void memoryThatWasReplaced_canBeClosed() {
    ModelHandle handle = load();
    handle.holdForCrossAttention(leases(), true);
    Leases next =
        Leases.of(
            CrossAttention.of(
                new CrossAttention.Shape(1, 1, 1),
                NativeFloats.copyOf(new float[1]),
                NativeFloats.copyOf(new float[1]),
                new float[1],
                new int[1]));
    handle.holdForCrossAttention(next, false);
    assertThatThrownBy(keys::close).hasMessageContaining("in use");
    handle.holdForCrossAttention(next, true);
    keys.close();
    values.close();
  }

  @Test
  void cacheLeftByAbort_untilItWasCleared() {
    ModelHandle handle = load();
    handle.runWasAborted();
    when(model.clearKvCache(true)).thenReturn(-1, 0);
    handle.clearKvCache(true);
    assertThat(handle.cacheLeftByAbort()).isTrue();
    handle.clearKvCache(true);
    assertThat(handle.cacheLeftByAbort()).isFalse();
  }

  @Test
  void embeddingWidth_impossibleInTheFile_isNotTaken() {
    EmbeddingWidth width = EmbeddingWidth.ofNullable(null);
    width.suggest(65_537);
    assertThatCode(() -> width.check(EmbeddingPrompt.of(new float[8], 8)))
        .doesNotThrowAnyException();
    width.suggest(65_536);
    assertThatThrownBy(() -> width.check(EmbeddingPrompt.of(new float[8], 8)))
        .hasMessageContaining("65536");
  }
}
