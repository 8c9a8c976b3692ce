package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatFormat;
import io.rkllm.file.ModelFile;
import io.rkllm.forward.EmbedOptions;
import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.runtime.Soc;
import io.rkllm.simulator.SimulatorModelFile;
import io.rkllm.tokenizer.ModelTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Model files of the real form, written by the simulator's tool, read by core and loaded. */
@Timeout(60)
class SimulatedContainerTest {
  private static final String SCRIPT =
      """
      RKLLM-SIMULATOR-MODEL 1
      name: tiny
      npu-cores: 2
      context-limit: 2048
      embd: 128
      layers: 4
      kv-heads: 8
      head-dim: 32
      when: my name is {name}
      say: Hello {name}, {tokens} tokens.
      """;

  @TempDir Path folder;

  private Path container() throws IOException {
    return SimulatorModelFile.of(SCRIPT)
        .byteTokens()
        .chatTemplate("{{ messages }}")
        .write(folder.resolve("tiny.rkllm"));
  }

  @Test
  void modelFile_ofAScript_hasItsFacts() throws Exception {
    ModelFile file = ModelFile.read(container());

    assertThat(file.architecture()).hasValue("qwen3");
    assertThat(file.name()).hasValue("tiny");
    assertThat(file.platform()).hasValue(Soc.RK3588);
    assertThat(file.toolkit()).hasValue("1.3.1");
    assertThat(file.npuCores()).hasValue(2);
    assertThat(file.maxContext()).hasValue(2048);
    assertThat(file.embeddingWidth()).hasValue(128);
    assertThat(file.layers()).hasValue(4);
    assertThat(file.keyValueHeads()).hasValue(8);
    assertThat(file.headWidth()).hasValue(32);
    assertThat(file.vocabularySize()).hasValue(269);
    assertThat(file.parameters()).hasValue(269 * 128);
    assertThat(file.hasTokenizer()).isTrue();
    assertThat(file.chatTemplate()).hasValue("{{ messages }}");
  }

  @ParameterizedTest
  @EnumSource
  void tokenPrompt_ofTheFilesTokenizer_isReadByTheModel(Simulator runtime) throws Exception {
    Path file = container();
    ModelTokenizer tokenizer = ModelTokenizer.of(ModelFile.read(file)).orElseThrow();
    int[] ids =
        tokenizer.encodePrompt(
            "<|im_start|>user\nMy name is Åsa 😀<|im_end|>\n<|im_start|>assistant\n");
    try (RkllmModel model = RkllmModel.builder(file).library(runtime.library()).load()) {
      assertThat(model.generate(TokenPrompt.of(ids)).text())
          .isEqualTo("Hello Åsa 😀, " + ids.length + " tokens.");
    }
  }

  @ParameterizedTest
  @EnumSource
  void sentencePieceTokens_areReadByTheModel(Simulator runtime) throws Exception {
    List<String> tokens =
        List.of(
            "<unk>", "<|im_start|>", "<|im_end|>", "<0x0A>", "user", "▁my", "▁name", "▁is", "▁Ada");
    Path file =
        SimulatorModelFile.of(SCRIPT)
            .text("tokenizer.ggml.model", "llama")
            .texts("tokenizer.ggml.tokens", tokens)
            .numbers("tokenizer.ggml.token_type", 2, 3, 3, 6, 1, 1, 1, 1, 1)
            .reals("tokenizer.ggml.scores", new float[tokens.size()])
            .write(folder.resolve("pieces.rkllm"));
    try (RkllmModel model = RkllmModel.builder(file).library(runtime.library()).load()) {
      assertThat(model.generate(TokenPrompt.of(1, 4, 3, 5, 6, 7, 8, 2)).text())
          .isEqualTo("Hello Ada, 8 tokens.");
    }
  }

  /** A forward pass over text has a row for each of the ids that the model was trained with. */
  @ParameterizedTest
  @EnumSource
  void forwardPass_ofAFileThatTheRuntimeMisreads_readsTheFilesTokens(Simulator runtime)
      throws Exception {
    Path file =
        SimulatorModelFile.of(SCRIPT)
            .byteTokens()
            .text("tokenizer.ggml.pre", "default")
            .text("rkllm.model_name", "Qwen3_5ForCausalLM")
            .number("tokenizer.ggml.bos_token_id", 256)
            .flag("tokenizer.ggml.add_bos_token", true)
            .write(folder.resolve("misread.rkllm"));
    TextPrompt sum = TextPrompt.of("seventeen + 25");
    int[] ids = ModelTokenizer.of(ModelFile.read(file)).orElseThrow().encodePrompt(sum.text());
    assertThat(ids).hasSize(1 + sum.text().length()).startsWith(256);
    try (RkllmModel model =
        RkllmModel.builder(file)
            .library(runtime.library())
            .chatFormat(ChatFormat.chatMl())
            .load()) {
      assertThat(model.readLogits(sum, Logits::rows)).isEqualTo(ids.length);
      assertThat(model.embed(sum.text()))
          .isEqualTo(model.embed(TokenPrompt.of(ids), EmbedOptions.defaults()));
      HiddenStates states = model.hiddenStates(sum);
      assertThat(states.rows()).isEqualTo(ids.length);
      assertThat(states.last()).isEqualTo(model.hiddenStates(TokenPrompt.of(ids)).last());
    }
    try (RkllmModel model = RkllmModel.builder(file).library(runtime.library()).load()) {
      model.setChatTemplate(ChatTemplate.NONE);
      assertThat(model.readLogits(sum, Logits::rows)).isEqualTo(ids.length);
    }
  }
}
