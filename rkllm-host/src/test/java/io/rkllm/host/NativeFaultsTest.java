package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.InferenceException;
import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.TokenIterator;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.NativeFloats;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Native code that ends its process, or does not return, in each of its functions. The soak tests
 * repeat each fault {@code -Drkllm.test.faults} times and print the times to recovery.
 */
@Tag("not-emulated")
@Timeout(120)
class NativeFaultsTest {
  private static final int REPETITIONS = Integer.getInteger("rkllm.test.faults", 100);
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(2);

  /** The expected parts of the message, by how the process ends. */
  private static final Map<String, String> ENDINGS =
      Map.of(
          "SIGSEGV", "SIGSEGV in ",
          "SIGABRT", "SIGABRT",
          "SIGBUS", "SIGBUS",
          "SIGKILL", "SIGKILL",
          "exit", "exit status 3",
          "_exit", "exit status 0",
          "memory", "bad_alloc");

  private static final List<String> CALLS =
      List.of(
          "clear_kv_cache",
          "get_kv_cache_size",
          "load_lora",
          "load_prompt_cache",
          "release_prompt_cache",
          "set_chat_template",
          "set_function_tools",
          "set_cross_attn_params");

  @TempDir Path folder;

  private final Recoveries recoveries = new Recoveries();

  private String[] script(String... faults) {
    List<String> lines = new ArrayList<>(List.of(faults));
    lines.add("cut: words");
    for (String how : ENDINGS.keySet()) {
      lines.addAll(
          List.of("when: " + how, "fault: end-by " + how + " 2", "repeat: 9 \" {i}\"", ""));
    }
    lines.addAll(List.of("when: hang", "fault: hang-at 2", "repeat: 9 \" {i}\"", ""));
    lines.addAll(List.of("when: hang early", "fault: hang-prefill", "say: x", ""));
    lines.addAll(List.of("when: slowly", "decode-ms: 5", "repeat: 3000 \" {i}\"", ""));
    lines.addAll(List.of("when: *", "say: I heard you."));
    return lines.toArray(String[]::new);
  }

  private RkllmModel.Builder load(Simulators runtime, Path file) {
    return RkllmModel.builder(file)
        .library(runtime.library())
        .contextLength(4096)
        .runtime(
            HostRuntime.builder()
                .restarts(Integer.MAX_VALUE, Duration.ofDays(1))
                .stopGrace(Duration.ofMillis(300))
                .callTimeout(CALL_TIMEOUT)
                .build());
  }

  private void assertAnswersAgain(RkllmModel model, String fault, long failedAt) {
    assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
    recoveries.add(fault, failedAt);
  }

  // ---- The process ends during a run

  @Test
  void generate_processEnds_failsWithReasonAndText_nextWorks() {
    endInRuns(Simulators.V1_3_1, 1);
  }

  @Tag("soak")
  @Timeout(7200)
  @ParameterizedTest
  @EnumSource
  void generate_processEndsOften_isSurvived_andOthersNoticeNothing(Simulators runtime) {
    try (RkllmModel other = load(runtime, Simulators.model(folder, script())).load()) {
      Generation undisturbed = other.generate("slowly");
      endInRuns(runtime, REPETITIONS);
      assertThat(undisturbed.text()).endsWith(" 2999 3000");
    }
    recoveries.print(runtime);
  }

  private void endInRuns(Simulators runtime, int times) {
    try (RkllmModel model = load(runtime, Simulators.model(folder, script())).load()) {
      for (int i = 0; i < times; i++) {
        ENDINGS.forEach(
            (how, message) -> {
              assertThatThrownBy(() -> model.generate(how).text())
                  .isInstanceOfSatisfying(
                      InferenceException.class, e -> assertThat(e.partialText()).isEqualTo(" 1 2"))
                  .hasMessageContainingAll("rkllm_run: ", message, "loading rkllm model");
              assertAnswersAgain(model, how, System.nanoTime());
            });
      }
    }
  }

  // ---- A call does not return, or ends the process

  @Test
  void call_doesNotReturn_failsWithItsName_nextWorks() throws Exception {
    inCall(Simulators.V1_3_1, "load_lora", "hang", 1);
  }

  @Test
  void call_endsTheProcess_failsWithItsName_nextWorks() throws Exception {
    inCall(Simulators.V1_3_1, "get_kv_cache_size", "SIGSEGV", 1);
  }

  @Tag("soak")
  @Timeout(7200)
  @ParameterizedTest
  @EnumSource
  void calls_doNotReturnOften_areSurvived(Simulators runtime) throws Exception {
    for (String call : CALLS) {
      inCall(runtime, call, "hang", REPETITIONS);
    }
    recoveries.print(runtime);
  }

  @Tag("soak")
  @Timeout(7200)
  @ParameterizedTest
  @EnumSource
  void calls_endTheProcessOften_areSurvived(Simulators runtime) throws Exception {
    for (String call : CALLS) {
      for (String how : ENDINGS.keySet()) {
        inCall(runtime, call, how, REPETITIONS / 10 + 1);
      }
    }
    recoveries.print(runtime);
  }

  private void inCall(Simulators runtime, String call, String how, int times) throws Exception {
    Path file = Simulators.model(folder, script("fault: in " + call + " " + how));
    RkllmModel.Builder builder = load(runtime, file);
    if (call.equals("set_cross_attn_params")) {
      builder.crossAttention();
    }
    String expected =
        how.equals("hang") ? "did not return within " + CALL_TIMEOUT : ENDINGS.get(how);
    Path cache = folder.resolve("cache");
    try (RkllmModel model = builder.load()) {
      if (call.endsWith("prompt_cache")) {
        GenerationOptions saving = GenerationOptions.builder().savePromptCache(cache).build();
        assertThat(model.generate("anything", saving).text()).isEqualTo("I heard you.");
      }
      for (int i = 0; i < times; i++) {
        assertThatThrownBy(() -> make(call, model, cache))
            .isInstanceOf(RkllmException.class)
            .hasMessageContainingAll("rkllm_" + call, expected, "loading rkllm model");
        long failedAt = System.nanoTime();
        if (!call.equals("set_cross_attn_params")) { // without them nothing can be generated
          assertAnswersAgain(model, call + " " + how, failedAt);
        }
      }
    }
  }

  private void make(String call, RkllmModel model, Path cache) throws Exception {
    switch (call) {
      case "clear_kv_cache" -> model.kvCache().clear();
      case "get_kv_cache_size" -> {
        int[] _ = model.kvCache().sizes();
      }
      case "load_lora" -> model.loadLora("a", lora(), 1);
      case "load_prompt_cache" -> model.loadPromptCache(cache);
      case "release_prompt_cache" -> model.loadPromptCache(cache).close();
      case "set_chat_template" -> model.setChatTemplate(new ChatTemplate("", "", ""));
      case "set_function_tools" -> model.setFunctionTools(new FunctionTools("", "[]", "t"));
      default -> model.setCrossAttention(crossAttention());
    }
  }

  private Path lora() throws Exception {
    return Files.writeString(
        folder.resolve("a.lora"), "RKLLM-SIMULATOR-LORA 1\nfor: test\nseed: 1\n");
  }

  private static CrossAttention crossAttention() {
    NativeFloats floats = NativeFloats.copyOf(new float[2 * 2 * 16]);
    return CrossAttention.of(
        new CrossAttention.Shape(2, 2, 16), floats, floats, new float[1], new int[1]);
  }

  // ---- A run or its abort does not return

  @Tag("soak")
  @Timeout(7200)
  @ParameterizedTest
  @EnumSource
  void runs_doNotReturnOften_areSurvived(Simulators runtime) {
    for (String prompt : List.of("hang", "hang early")) {
      cancelRepeatedly(load(runtime, Simulators.model(folder, script())), prompt);
      cancelRepeatedly(
          load(runtime, Simulators.model(folder, script())).nativeAsync(), prompt + " async");
    }
    recoveries.print(runtime);
  }

  @Tag("soak")
  @Timeout(7200)
  @ParameterizedTest
  @EnumSource
  void aborts_doNotReturnOften_areSurvived(Simulators runtime) {
    Path file = Simulators.model(folder, script("fault: in abort hang"));
    cancelRepeatedly(load(runtime, file), "slowly");
    recoveries.print(runtime);
  }

  @Test
  void cancel_abortDoesNotReturn_endsTheGeneration_nextWorks() {
    Path file = Simulators.model(folder, script("fault: in abort hang"));
    try (RkllmModel model = load(Simulators.V1_3_1, file).load()) {
      cancel(model, "slowly");
    }
  }

  private void cancelRepeatedly(RkllmModel.Builder builder, String prompt) {
    try (RkllmModel model = builder.load()) {
      for (int i = 0; i < REPETITIONS; i++) {
        cancel(model, prompt);
      }
    }
  }

  private void cancel(RkllmModel model, String prompt) {
    Generation generation = model.generate(prompt.replace(" async", ""));
    if (!prompt.startsWith("hang early")) {
      try (TokenIterator tokens = generation.iterator()) {
        assertThat(tokens.next().text()).isEqualTo(" 1");
      }
    }
    generation.cancel();
    assertThat(generation.result().join().finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertAnswersAgain(model, prompt, System.nanoTime());
  }

  // ---- Loading and destroying

  @Tag("soak")
  @Timeout(7200)
  @ParameterizedTest
  @EnumSource
  void loadsAgain_doNotReturnOften_areSurvived(Simulators runtime) throws Exception {
    hangWhileLoadingAgain(runtime, REPETITIONS);
    recoveries.print(runtime);
  }

  private void hangWhileLoadingAgain(Simulators runtime, int times) throws Exception {
    Path file = Simulators.model(folder, script());
    String good = Files.readString(file);
    String hanging = good.replace("cut: words", "cut: words\nfault: in init hang");
    HostRuntime impatient =
        HostRuntime.builder()
            .restarts(Integer.MAX_VALUE, Duration.ofDays(1))
            .reloadTimeout(Duration.ofSeconds(10))
            .build();
    try (RkllmModel model = load(runtime, file).runtime(impatient).load()) {
      for (int i = 0; i < times; i++) {
        Path _ = Files.writeString(file, hanging);
        assertThatThrownBy(() -> model.generate("SIGKILL").text())
            .isInstanceOf(InferenceException.class);
        assertThatThrownBy(() -> model.generate("anything").text())
            .isInstanceOf(InferenceException.class)
            .hasMessageContainingAll("SIGKILL", "did not return within PT10S");
        Path _ = Files.writeString(file, good);
        assertAnswersAgain(model, "init again", System.nanoTime());
      }
    }
  }

  @Tag("soak")
  @Timeout(7200)
  @ParameterizedTest
  @EnumSource
  void loads_andDestroys_doNotReturn_leaveNothing(Simulators runtime) {
    Leaks before = Leaks.now();
    for (int i = 0; i < REPETITIONS; i++) {
      Path init = Simulators.model(folder, script("fault: in init hang"));
      assertThatThrownBy(() -> load(runtime, init).loadTimeout(Duration.ofSeconds(1)).load())
          .isInstanceOf(ModelLoadException.class);
      Path running = Simulators.model(folder, script("fault: in is_running hang"));
      assertThatThrownBy(
              () -> load(runtime, running).nativeAsync().loadTimeout(Duration.ofSeconds(1)).load())
          .isInstanceOf(ModelLoadException.class);
      Path destroy = Simulators.model(folder, script("fault: in destroy hang"));
      try (RkllmModel model = load(runtime, destroy).load()) {
        assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
      }
    }
    before.assertNoneSince();
  }
}
