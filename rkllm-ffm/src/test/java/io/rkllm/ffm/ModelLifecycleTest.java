package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.answer;
import static io.rkllm.ffm.Runs.destroy;
import static io.rkllm.ffm.Runs.prompt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import io.rkllm.Sampling;
import io.rkllm.runtime.CpuAffinity;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Loading and destroying a model, with all ABIs. */
@Timeout(60)
class ModelLifecycleTest {
  private static final String ALL_PARAMS =
      "say: {param.max_new_tokens} {param.top_k} {param.top_p} {param.temperature}"
          + " {param.repeat_penalty} {param.frequency_penalty} {param.presence_penalty}"
          + " {param.mirostat} {param.mirostat_tau} {param.mirostat_eta} {param.max_context_len}"
          + " {param.enabled_cpus_num} {param.enabled_cpus_mask} {param.n_batch}";

  private static final Sampling SAMPLING =
      Sampling.builder()
          .topK(3)
          .topP(0.5f)
          .temperature(0.25f)
          .repeatPenalty(1.5f)
          .frequencyPenalty(0.75f)
          .presencePenalty(-0.5f)
          .mirostat(2)
          .mirostatTau(4.5f)
          .mirostatEta(0.5f)
          .build();

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void load_withDefaults_takesThoseOfTheLibrary(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, "when: *", ALL_PARAMS);
    NativeModel model = simulator.runtime().load(file.config());

    assertThat(model.contextLength()).isEqualTo(512);
    assertThat(model.maxNewTokens())
        .isEqualTo(512); // the SDK's default, which is the context length
    String mask = Runtime.getRuntime().availableProcessors() >= 8 ? "240" : "15";
    assertThat(answer(model, prompt("?")))
        .isEqualTo("512 40 0.9 0.8 1.1 0 0 0 5 0.1 512 4 " + mask + " 1");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void load_withEverythingSet_passesEverythingOn(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, "when: *", ALL_PARAMS);
    ModelConfig config =
        file.with()
            .contextLength(1024)
            .maxNewTokens(300)
            .sampling(SAMPLING)
            .cpus(CpuAffinity.of(1, 2, 3))
            .build();
    NativeModel model = simulator.runtime().load(config);

    assertThat(model.contextLength()).isEqualTo(1024);
    assertThat(model.maxNewTokens()).isEqualTo(300);
    assertThat(answer(model, prompt("?")))
        .isEqualTo("300 3 0.5 0.25 1.5 0.75 -0.5 2 4.5 0.5 1024 3 14 1");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void load_refusedByNativeCode_saysWhy(Simulator simulator) throws Exception {
    ModelFile file = ModelFile.in(folder, "npu-cores: 3", "when: *", "say: x");
    Path text = Files.writeString(folder.resolve("text.rkllm"), "no model\n");
    List<ModelConfig> refused = new ArrayList<>();
    refused.add(file.with().contextLength(8192).build());
    refused.add(file.with().cpus(CpuAffinity.of(0, 1)).build());
    refused.add(ModelConfig.of(text));

    for (ModelConfig config : refused) {
      assertThatThrownBy(() -> simulator.runtime().load(config))
          .isInstanceOfSatisfying(
              ModelLoadException.class,
              e -> {
                assertThat(e.model()).isEqualTo(config.path());
                assertThat(e.nativeCode()).isEqualTo(-1);
                assertThat(e).hasMessageContaining(config.path().toString());
                assertThat(e).hasMessageContaining("rkllm_init");
                assertThat(e).hasMessageContaining("-1");
                assertThat(e.getMessage()).containsAnyOf("Likely causes", "To fix this");
              });
    }
    assertThat(file.ledger()).contains("live_handles=0").contains("misuse=0");
  }

  @ParameterizedTest
  @EnumSource
  void load_faultsOfInit_areExceptions(Simulator simulator) {
    ModelFile code = ModelFile.in(folder, "fault: init-code 7", "when: *", "say: x");
    assertThatThrownBy(() -> simulator.runtime().load(code.config()))
        .isInstanceOfSatisfying(
            ModelLoadException.class, e -> assertThat(e.nativeCode()).isEqualTo(7));

    ModelFile none = ModelFile.in(folder, "fault: init-null", "when: *", "say: x");
    assertThatThrownBy(() -> simulator.runtime().load(none.config()))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("returned 0 but no handle");
  }

  @ParameterizedTest
  @EnumSource
  void load_noSuchFile_isRefusedBeforeNativeCode(Simulator simulator) throws Exception {
    Path empty = Files.createFile(folder.resolve("empty.rkllm"));
    record Case(Path path, String words) {}
    for (Case c :
        List.of(
            new Case(folder.resolve("typo.rkllm"), "there is no such file"),
            new Case(folder, "it is a directory"),
            new Case(empty, "it is empty"),
            new Case(Path.of("/dev/null"), "it is not a regular file"))) {
      ModelConfig config = ModelConfig.of(c.path());
      assertThatThrownBy(() -> simulator.runtime().load(config))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining(c.path().toString())
          .hasMessageContaining(c.words());
    }
  }

  @ParameterizedTest
  @EnumSource
  void use_afterDestroy_isRefused(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, "when: *", "say: x");
    NativeModel model = simulator.runtime().load(file.config());
    destroy(model, file);

    assertThatThrownBy(() -> model.run(prompt("x"), new RecordingObserver()))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(model::destroy).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(model::kvCacheSizes).isInstanceOf(IllegalStateException.class);
    assertThat(file.ledger()).contains(" misuse=0 ");
  }

  @ParameterizedTest
  @EnumSource
  void destroy_thatFails_leaksRatherThanFrees(Simulator simulator) throws Exception {
    ModelFile file = ModelFile.in(folder, "fault: destroy-code -2", "when: *", "say: x");
    NativeModel model = Simulator.open(simulator.copyIn(folder)).load(file.config());
    assertThat(answer(model, prompt("x"))).isEqualTo("x");

    assertThatThrownBy(model::destroy)
        .isInstanceOfSatisfying(
            RkllmException.class, failure -> assertThat(failure.nativeCode()).isEqualTo(-2))
        .hasMessageContaining("not freed");
    assertThatThrownBy(model::destroy).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @EnumSource
  @Timeout(value = 120, unit = TimeUnit.SECONDS)
  void loads_oneAfterAnother_leaveNoAllocationsBehind(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, "when: *", "say: x");
    String first = "";
    for (int i = 0; i < 50; i++) {
      NativeModel model = simulator.runtime().load(file.config());
      assertThat(answer(model, prompt("x"))).isEqualTo("x");
      model.destroy();
      first = i == 0 ? allocations(file) : first;
    }
    assertThat(allocations(file)).isEqualTo(first);
    assertThat(file.ledger()).contains(" misuse=0 ");
  }

  private static String allocations(ModelFile file) {
    return file.ledger().substring(0, file.ledger().indexOf(' '));
  }
}
