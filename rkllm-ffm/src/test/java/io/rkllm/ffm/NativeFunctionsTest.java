package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.prompt;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.RkllmException;
import io.rkllm.ffm.RecordedLibrary.Call;
import io.rkllm.ffm.gen.v1_2.RKLLMCrossAttnParam;
import io.rkllm.ffm.gen.v1_2.RKLLMLoraAdapter;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.NativeFloats;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls every C function and checks the order of its arguments, with all ABIs. */
@Timeout(60)
class NativeFunctionsTest {
  private static final CrossAttention.Shape SHAPE = new CrossAttention.Shape(2, 1, 4);

  @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void modelFile() throws Exception {
    file = Files.writeString(folder.resolve("any.rkllm"), "any");
  }

  private static NativeModel load(RecordedLibrary library, ModelConfig config) throws Exception {
    return library.runtime("1.3.0").load(config);
  }

  private NativeModel load(RecordedLibrary library) throws Exception {
    return load(library, ModelConfig.of(file));
  }

  private static CrossAttention crossAttention() {
    return CrossAttention.of(
        SHAPE,
        NativeFloats.allocate(24),
        NativeFloats.allocate(24),
        new float[] {1, 0, 0.5f},
        new int[] {5, 6, 7});
  }

  @ParameterizedTest
  @EnumSource
  void everyMethod_callsItsFunction_andAllAreReached(Simulator simulator) throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator);
    library.when("rkllm_is_running", _ -> simulator == Simulator.V1_2 ? 1 : 0);
    NativeModel model = load(library);
    model.loadLora("style", Path.of("/lora"), 0.5f);
    model.loadPromptCache(Path.of("/cache"));
    model.releasePromptCache();
    model.setChatTemplate(ChatTemplate.NONE);
    model.setFunctionTools(new FunctionTools("", "[]", "tool_response"));
    model.setCrossAttention(crossAttention());
    model.run(prompt("x"), new RecordingObserver());
    model.abort();
    model.clearKvCache(false);
    assertThat(model.kvCacheSizes()).hasSize(1);
    model.destroy();
    ModelConfig async = ModelConfig.builder(file).nativeAsync(true).build();
    load(library, async).run(prompt("x"), new RecordingObserver());

    assertThat(library.calls.stream().map(Call::function).collect(Collectors.toSet()))
        .isEqualTo(new TreeSet<>(NativeLibrary.FUNCTIONS));
    assertThat(library.calls.stream().filter(c -> c.function().equals("rkllm_run"))).hasSize(1);
    assertThat(library.calls.stream().filter(c -> c.function().equals("rkllm_run_async")))
        .hasSize(1);
    assertThat(library.calls)
        .filteredOn(c -> !c.function().matches("rkllm_(init|createDefaultParam)"))
        .allSatisfy(c -> assertThat(c.pointer(0).address()).isEqualTo(RecordedLibrary.HANDLE));
  }

  @ParameterizedTest
  @EnumSource
  void loadLora_givesPathNameAndScale_whichStay(Simulator simulator) throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator);
    NativeModel model = load(library);
    assertThat(model.loadLora("stil ü", folder.resolve("ö.lora"), 0.75f)).isZero();
    model.run(prompt("x"), new RecordingObserver());

    MemorySegment adapter = library.only("rkllm_load_lora").memory(1);
    assertThat(RKLLMLoraAdapter.lora_adapter_name(adapter).reinterpret(64).getString(0))
        .isEqualTo("stil ü");
    assertThat(RKLLMLoraAdapter.lora_adapter_path(adapter).reinterpret(512).getString(0))
        .isEqualTo(folder.resolve("ö.lora").toString());
    assertThat(RKLLMLoraAdapter.scale(adapter)).isEqualTo(0.75f);
  }

  @ParameterizedTest
  @EnumSource
  void texts_areGivenInTheirOrder(Simulator simulator) throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator);
    StringBuilder seen = new StringBuilder();
    for (String function : new String[] {"rkllm_set_chat_template", "rkllm_set_function_tools"}) {
      library.when(
          function,
          call -> {
            seen.append(call.text(1)).append('|').append(call.text(2)).append('|');
            seen.append(call.text(3)).append('|');
            return -4;
          });
    }
    library.when(
        "rkllm_load_prompt_cache",
        call -> {
          seen.append(call.text(1));
          return 3;
        });
    NativeModel model = load(library);

    assertThat(model.setChatTemplate(new ChatTemplate("be brief", "<u>", "<a>"))).isEqualTo(-4);
    assertThat(model.setFunctionTools(new FunctionTools("sys", "[{}]", "tag"))).isEqualTo(-4);
    assertThat(model.loadPromptCache(Path.of("/tmp/x.cache"))).isEqualTo(3);
    assertThat(seen).hasToString("be brief|<u>|<a>|sys|[{}]|tag|/tmp/x.cache");
  }

  @ParameterizedTest
  @EnumSource
  void clearKvCache_withAndWithoutRanges(Simulator simulator) throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator);
    StringBuilder seen = new StringBuilder();
    library.when(
        "rkllm_clear_kv_cache",
        call -> {
          seen.append(call.arguments().get(1)).append(' ');
          for (int argument = 2; argument < 4; argument++) {
            boolean none = call.pointer(argument).address() == 0;
            seen.append(none ? "NULL" : call.memory(argument).getAtIndex(JAVA_INT, 1)).append(' ');
          }
          return 0;
        });
    NativeModel model = load(library, ModelConfig.builder(file).batchSize(2).build());
    model.clearKvCache(true);
    model.clearKvCache(false);
    model.clearKvCache(new int[] {1, 2}, new int[] {3, 4});

    assertThat(seen).hasToString("1 NULL NULL 0 NULL NULL 0 2 4 ");
  }

  @ParameterizedTest
  @EnumSource
  void kvCacheSizes_areOneAMember_orAnException(Simulator simulator) throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator);
    library.when(
        "rkllm_get_kv_cache_size",
        call -> {
          MemorySegment.copy(new int[] {7, 8, 9, 10}, 0, call.memory(1), JAVA_INT, 0, 4);
          return 0;
        });
    NativeModel model = load(library, ModelConfig.builder(file).batchSize(3).build());

    assertThat(model.kvCacheSizes()).containsExactly(7, 8, 9);
    library.when("rkllm_get_kv_cache_size", _ -> -1);
    assertThatThrownBy(model::kvCacheSizes)
        .isInstanceOf(RkllmException.class)
        .hasMessageContaining("rkllm_get_kv_cache_size failed with code -1");
  }

  @ParameterizedTest
  @EnumSource
  void crossAttention_staysInMemoryUntilTheNextThatIsTaken(Simulator simulator) throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator);
    NativeModel model = load(library);
    CrossAttention first = crossAttention();
    model.setCrossAttention(first);
    MemorySegment param = library.only("rkllm_set_cross_attn_params").memory(1);

    library.when("rkllm_set_cross_attn_params", _ -> -1);
    assertThat(model.setCrossAttention(crossAttention())).isEqualTo(-1);
    // It was rejected, so native code still reads the first one.
    assertThat(RKLLMCrossAttnParam.num_tokens(param)).isEqualTo(3);
    assertThat(RKLLMCrossAttnParam.encoder_k_cache(param).address())
        .isEqualTo(first.keys().segment().address());
    assertThat(RKLLMCrossAttnParam.encoder_v_cache(param).address())
        .isEqualTo(first.values().segment().address());
    assertThat(RKLLMCrossAttnParam.encoder_mask(param).reinterpret(12).toArray(JAVA_FLOAT))
        .containsExactly(1, 0, 0.5f);
    assertThat(RKLLMCrossAttnParam.encoder_pos(param).reinterpret(12).toArray(JAVA_INT))
        .containsExactly(5, 6, 7);

    assertThatThrownBy(() -> first.keys().close()).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> first.values().close()).isInstanceOf(IllegalStateException.class);

    library.when("rkllm_set_cross_attn_params", _ -> 0);
    CrossAttention second = crossAttention();
    assertThat(model.setCrossAttention(second)).isZero();
    first.keys().close();
    first.values().close();
    assertThatThrownBy(() -> second.keys().close()).isInstanceOf(IllegalStateException.class);
    model.destroy();
    second.keys().close();
  }

  @ParameterizedTest
  @EnumSource
  void crossAttention_ofAModelThatCouldNotBeDestroyed_staysInMemory(Simulator simulator)
      throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator).when("rkllm_destroy", _ -> -1);
    NativeModel model = load(library);
    CrossAttention set = crossAttention();
    model.setCrossAttention(set);
    assertThatThrownBy(model::destroy).hasMessageContaining("rkllm_destroy failed with code -1");

    assertThatThrownBy(() -> set.keys().close()).isInstanceOf(IllegalStateException.class);
    MemorySegment param = library.only("rkllm_set_cross_attn_params").memory(1);
    assertThat(RKLLMCrossAttnParam.num_tokens(param)).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource
  void run_withTooFewInputs_isRefusedBeforeNativeCode(Simulator simulator) throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator);
    NativeModel model = load(library, ModelConfig.builder(file).batchSize(2).build());

    assertThatThrownBy(() -> model.run(prompt("x"), new RecordingObserver()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("takes 2 inputs, was given 1");
    assertThat(library.calls).noneMatch(c -> c.function().equals("rkllm_run"));
  }

  /**
   * The value is 0 while running in 1.2 and 1 while running in 1.3. The value after init is taken
   * as idle.
   */
  @ParameterizedTest
  @EnumSource
  void asyncRun_continuesAsLongAsTheRuntimeSays(Simulator simulator) throws Exception {
    RecordedLibrary library = new RecordedLibrary(simulator);
    AtomicInteger looks = new AtomicInteger();
    boolean old = simulator == Simulator.V1_2;
    library.when(
        "rkllm_is_running",
        _ -> {
          int look = looks.getAndIncrement();
          boolean running = look >= 1 && look <= 4;
          return running == old ? 0 : 1;
        });
    NativeModel model = load(library, ModelConfig.builder(file).nativeAsync(true).build());

    assertThat(model.run(prompt("x"), new RecordingObserver())).isZero();
    assertThat(looks).hasValue(7); // once after init, twice to be sure

    library.when("rkllm_run_async", _ -> -5);
    assertThat(model.run(prompt("x"), new RecordingObserver())).isEqualTo(-5);
    assertThat(looks).hasValue(10); // checked for a short time, but not awaited
  }
}
