package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RuntimeProvider;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each model of the process has an address space of its own. */
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
    try (RkllmModel first = builder().load();
        RkllmModel second = builder().load()) {
      assertThat(domains()).doesNotHaveDuplicates();
      second.close();
      first.close();
      builder().load().close();
    }

    assertThat(domains().getLast()).isEqualTo(domains().getFirst());
  }

  @Test
  void explicitOne_inUse_isRefused_andFreeAgainAfterClose() {
    int domain = 200;
    for (int i = 0; i < 50; i++) {
      try (RkllmModel model = builder().baseDomain(domain).load()) {
        assertThatThrownBy(() -> builder().baseDomain(domain).load())
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContainingAll("baseDomain 200", "in use", "leave it unset");
        assertThat(model.runtime()).isNotNull();
      }
    }
    assertThat(domains()).hasSize(50).containsOnly(domain);
  }

  @Test
  void failedLoad_givesItBack_beforeItIsTold() {
    InferenceRuntime refusing = mock(InferenceRuntime.class);
    when(refusing.info()).thenReturn(runtime.info());
    when(refusing.load(any())).thenThrow(new ModelLoadException("planted", Path.of("x"), -1, null));
    RuntimeProvider provider = mock(RuntimeProvider.class);
    when(provider.open(any())).thenReturn(refusing);

    for (int i = 0; i < 200; i++) {
      assertThatThrownBy(() -> builder().runtime(provider).baseDomain(201).load())
          .isInstanceOf(ModelLoadException.class);
    }
  }

  @Test
  void badOnes_areRefused() {
    assertThatThrownBy(() -> builder().baseDomain(-1)).hasMessageContaining("[0, 255], was -1");
    assertThatThrownBy(() -> builder().baseDomain(256)).hasMessageContaining("was 256");
  }

  @Test
  void noneLeft_isToldInWords() {
    List<RkllmModel> models = new ArrayList<>();
    try {
      assertThatThrownBy(
              () -> {
                for (int i = 0; i <= 256; i++) {
                  models.add(builder().load());
                }
              })
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("256", "close one");
    } finally {
      models.forEach(RkllmModel::close);
    }
    assertThat(domains()).doesNotHaveDuplicates().allMatch(domain -> domain <= 255);
    assertThat(runtime.openModels()).isZero();
  }
}
