package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.answer;
import static io.rkllm.ffm.Runs.destroy;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.Sampling;
import io.rkllm.input.Input;
import io.rkllm.input.MediaTags;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.runtime.CpuAffinity;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every field that can be set is received by native code, with all ABIs. */
@Timeout(60)
class FieldsTest {
  private static final Sampling SAMPLING =
      Sampling.builder()
          .topK(3)
          .topP(0.5)
          .temperature(0.25)
          .repeatPenalty(1.5)
          .frequencyPenalty(0.75)
          .presencePenalty(-0.5)
          .mirostat(2)
          .mirostatTau(4.5)
          .mirostatEta(0.5)
          .build();

  private static final Map<String, String> SAMPLED = new LinkedHashMap<>();

  static {
    SAMPLED.put("top_k", "3");
    SAMPLED.put("top_p", "0.5");
    SAMPLED.put("temperature", "0.25");
    SAMPLED.put("repeat_penalty", "1.5");
    SAMPLED.put("frequency_penalty", "0.75");
    SAMPLED.put("presence_penalty", "-0.5");
    SAMPLED.put("mirostat", "2");
    SAMPLED.put("mirostat_tau", "4.5");
    SAMPLED.put("mirostat_eta", "0.5");
  }

  @TempDir Path folder;

  /** Returns the lines of a rule that prints these fields, each in brackets. */
  private static String say(String struct, Iterable<String> fields) {
    StringBuilder line = new StringBuilder("say: ");
    fields.forEach(
        field -> line.append("[{").append(struct).append('.').append(field).append("}]"));
    return line.toString();
  }

  private static String said(Iterable<String> values) {
    return "[" + String.join("][", values) + "]";
  }

  @ParameterizedTest
  @EnumSource
  void everyFieldOfTheParameters_arrives(Simulator simulator) {
    boolean old = simulator == Simulator.V1_2;
    Map<String, String> expected = new LinkedHashMap<>(SAMPLED);
    expected.put("max_context_len", "1024");
    expected.put("max_new_tokens", "300");
    expected.put("n_keep", "7");
    expected.put("skip_special_token", "0");
    expected.put("is_async", "0");
    expected.put("base_domain_id", "3");
    expected.put("embed_flash", "1");
    expected.put("enabled_cpus_num", "3");
    expected.put("enabled_cpus_mask", "14");
    expected.put("n_batch", "1");
    expected.put("use_cross_attn", "0");
    if (old) {
      expected.put("img_start", "<i>");
      expected.put("img_end", "</i>");
      expected.put("img_content", "<ip>");
    } else {
      expected.put("ignore_eos_token", "1");
    }
    ModelFile file = ModelFile.in(folder, "when: *", say("param", expected.keySet()));
    ModelConfig.Builder config =
        file.with()
            .contextLength(1024)
            .maxNewTokens(300)
            .keepTokens(7)
            .sampling(SAMPLING)
            .skipSpecialTokens(false)
            .cpus(CpuAffinity.of(1, 2, 3))
            .baseDomain(3)
            .embeddingsFromFlash(true)
            .imageTags(new MediaTags("<i>", "</i>", "<ip>"));
    if (!old) {
      config.ignoreEndOfSequence(true);
    }
    NativeModel model = simulator.runtime().load(config.build());

    assertThat(answer(model, RunRequest.of(TextPrompt.of("?"))))
        .startsWith(said(expected.values()));
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void nothingSet_keepsTheDefaultsOfTheLibrary(Simulator simulator) {
    Map<String, String> expected = new LinkedHashMap<>();
    expected.put("n_keep", "0");
    expected.put("skip_special_token", "1");
    expected.put("base_domain_id", "0");
    expected.put("embed_flash", "0");
    expected.put("use_cross_attn", "0");
    expected.put("frequency_penalty", "0");
    ModelFile file = ModelFile.in(folder, "when: *", say("param", expected.keySet()));
    NativeModel model = simulator.runtime().load(file.config());

    assertThat(answer(model, RunRequest.of(TextPrompt.of("?")))).isEqualTo(said(expected.values()));
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void everyFieldOfARun_arrives(Simulator simulator) {
    boolean old = simulator == Simulator.V1_2;
    Map<String, String> expected = new LinkedHashMap<>();
    expected.put("mode", "0");
    expected.put("keep_history", "1");
    expected.put("role", "tool");
    expected.put("enable_thinking", "1");
    expected.put("input_type", "0");
    expected.put("lora_adapter_name", "style");
    if (!old) {
      expected.put("max_new_tokens", "250");
      expected.putAll(SAMPLED);
    }
    ModelFile file =
        ModelFile.in(
            folder,
            "template-think-suffix: \"\"",
            "when: *",
            "role: tool",
            say("run", expected.keySet()));
    NativeModel model = simulator.runtime().load(file.config());
    assertThat(model.loadLora("style", Lora.in(folder), 1)).isZero();
    Input input = TextPrompt.of("[]").withRole(Role.TOOL).withThinking(true);

    String answer =
        answer(
            model,
            RunRequest.builder()
                .inputs(List.of(input))
                .keepHistory(true)
                .sampling(old ? null : SAMPLING)
                .maxNewTokens(old ? null : 250)
                .loraAdapter("style")
                .build());
    assertThat(answer).isEqualTo(said(expected.values()));
    destroy(model, file);
  }
}
