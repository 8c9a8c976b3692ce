package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RuntimeProvider;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each model of the process has its own address space. */
@Timeout(30)
class BaseDomainTest {
  private final ScriptedRuntime runtime = ScriptedRuntime.answering(Script::of);

  private RkllmModel.Builder builder() {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime);
  }

  private List<Integer> domains() {
    return runtime.configs().stream().map(ModelConfig::baseDomain).toList();
  }

  @Test
  void openModels_haveDifferentOnes_theLowestThatAreFree() {
    List<Integer> free = freeOnes(4);
    RkllmModel first = builder().load();
    RkllmModel second = builder().load();
    RkllmModel third = builder().load();
    assertThat(domains()).isEqualTo(free.subList(0, 3));

    second.close();
    try (RkllmModel inTheGap = builder().load();
        RkllmModel behind = builder().load()) {
      assertThat(domains().subList(3, 5)).containsExactly(free.get(1), free.get(3));
      assertThat(inTheGap.runtime()).isEqualTo(behind.runtime());
    }
    third.close();
    first.close();
    builder().load().close();
    assertThat(domains().getLast()).isEqualTo(free.getFirst());
  }

  /**
   * Returns the lowest domains that are not in use by other models of this process, by trying each
   * one.
   */
  private List<Integer> freeOnes(int count) {
    List<Integer> free = new ArrayList<>();
    RuntimeProvider other = ScriptedRuntime.answering(Script::of);
    for (int domain = 0; free.size() < count; domain++) {
      try {
        RkllmModel.builder(Path.of("x")).runtime(other).baseDomain(domain).load().close();
        free.add(domain);
      } catch (IllegalArgumentException taken) {
        assertThat(taken).hasMessageContaining("in use");
      }
    }
    return free;
  }

  @Test
  void automaticOne_leavesOutWhatAnotherHasAskedFor() {
    List<Integer> free = freeOnes(3);
    try (RkllmModel asked = builder().baseDomain(free.getFirst()).load();
        RkllmModel given = builder().load()) {
      assertThat(domains()).containsExactly(free.get(0), free.get(1));
      assertThat(asked.runtime()).isEqualTo(given.runtime());
    }
  }

  @Test
  void explicitOne_inUse_isRefused_andFreeAgainAfterClose() {
    int domain = 200;
    for (int i = 0; i < 50; i++) {
      try (RkllmModel model = builder().baseDomain(domain).load()) {
        assertThatThrownBy(() -> builder().baseDomain(domain).load())
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContainingAll("baseDomain 200", "in use", "leave baseDomain unset");
        assertThatThrownBy(
                () -> builder().baseDomain(domain).load()) // still in use by the first model
            .hasMessageContaining("in use");
        assertThat(model.runtime()).isNotNull();
      }
    }
    assertThat(domains()).hasSize(50).containsOnly(domain);
  }

  @Test
  void failedLoad_givesItBack_beforeItIsReported() {
    InferenceRuntime refusing = mock(InferenceRuntime.class);
    when(refusing.load(any())).thenThrow(new ModelLoadException("planted", Path.of("x"), -1, null));
    RuntimeProvider provider = providerOf(refusing);

    for (int i = 0; i < 200; i++) {
      assertThatThrownBy(() -> builder().runtime(provider).baseDomain(201).load())
          .isInstanceOf(ModelLoadException.class);
    }
  }

  private RuntimeProvider providerOf(InferenceRuntime inner) {
    when(inner.info()).thenReturn(runtime.info());
    RuntimeProvider provider = mock(RuntimeProvider.class);
    when(provider.open(any())).thenReturn(inner);
    return provider;
  }

  /** Native code may still use the domain of a model that could not be destroyed. */
  @Test
  void modelThatCannotBeDestroyed_keepsIts() {
    NativeModel stubborn = mock(NativeModel.class);
    doThrow(new RkllmException("planted", "rkllm_destroy", -2, null)).when(stubborn).destroy();
    InferenceRuntime inner = mock(InferenceRuntime.class);
    when(inner.load(any())).thenReturn(stubborn);

    builder().runtime(providerOf(inner)).baseDomain(202).load().close();

    assertThatThrownBy(() -> builder().baseDomain(202).load()).hasMessageContaining("in use");
  }

  @Test
  void badOnes_areRefused() {
    assertThatThrownBy(() -> builder().baseDomain(-1)).hasMessageContaining("[0, 255], was -1");
    assertThatThrownBy(() -> builder().baseDomain(256)).hasMessageContaining("was 256");
    builder().baseDomain(255).load().close();
    assertThat(domains()).containsExactly(255);
  }

  @Test
  void noneLeft_isReportedWithMessage() {
    List<RkllmModel> models = new ArrayList<>();
    try {
      assertThatThrownBy(
              () -> {
                while (models.size() <= 256) {
                  models.add(builder().load());
                }
              })
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("256", "close one");
      assertThat(domains()).doesNotHaveDuplicates().isSorted().endsWith(255);
      for (int domain = 0; domain <= 255; domain++) {
        RkllmModel.Builder taken = builder().baseDomain(domain);
        assertThatThrownBy(taken::load).hasMessageContaining("in use");
      }
    } finally {
      models.forEach(RkllmModel::close);
    }
    assertThat(runtime.openModels()).isZero();
  }
}
