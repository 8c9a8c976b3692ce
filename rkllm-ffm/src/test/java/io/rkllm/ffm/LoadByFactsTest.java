package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmModel;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.simulator.SimulatorModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The facts in a model file are used before native code loads it. */
@Timeout(60)
class LoadByFactsTest {
  private static final String HEAD = "RKLLM-SIMULATOR-MODEL 1\ncontext-limit: 2048\n";
  private static final String RULE = "when: *\nsay: {runs}\n";

  @TempDir Path folder;

  private Path container(String directives) throws IOException {
    return SimulatorModelFile.of(HEAD + directives + RULE)
        .byteTokens()
        .write(folder.resolve("tiny.rkllm"));
  }

  private static RkllmModel.Builder load(Simulator runtime, Path file) {
    return RkllmModel.builder(file).library(runtime.library());
  }

  @ParameterizedTest
  @EnumSource
  void contextLength_beyondTheFilesLimit_isRefusedWithTheLimit(Simulator runtime)
      throws IOException {
    Path ledger = folder.resolve("ledger");
    Path file = container("ledger: " + ledger + "\n");

    assertThatThrownBy(() -> load(runtime, file).contextLength(4096).load())
        .isInstanceOf(ModelLoadException.class)
        .hasMessage(
            "cannot load model %s: contextLength is 4096, and the model was converted for at most"
                    .formatted(file)
                + " 2048 tokens; set it to 2048 or less");
    assertThat(ledger).doesNotExist(); // rkllm_init was not called
    load(runtime, file).contextLength(2048).load().close();
  }

  @ParameterizedTest
  @EnumSource
  void noTokenizer_withoutATokenizerFunction_isRefused(Simulator runtime) throws IOException {
    Path file =
        SimulatorModelFile.of(HEAD + "tokenizer: none\n" + RULE)
            .write(folder.resolve("bare.rkllm"));

    assertThatThrownBy(() -> load(runtime, file).load())
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("it has no tokenizer; set one with RkllmModel.Builder.tokenizer");
  }

  @ParameterizedTest
  @EnumSource
  void embeddings_ofTheFilesWidth_needNoTrialRun(Simulator runtime) throws IOException {
    try (RkllmModel model = load(runtime, container("embd: 128\n")).load()) {
      assertThatThrownBy(() -> model.generate(EmbeddingPrompt.of(new float[64], 64)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("128");
      assertThat(model.generate(EmbeddingPrompt.of(new float[128], 128)).text()).isEqualTo("1");
    }
  }

  @ParameterizedTest
  @EnumSource
  void fileAndTokenizer_ofALoadedModel_areThoseOfItsFile(Simulator runtime) throws IOException {
    try (RkllmModel model = load(runtime, container("")).load()) {
      assertThat(model.file().orElseThrow().maxContext()).hasValue(2048);
      assertThat(model.countTokens("Hi 😀<|im_end|>")).hasValue(8);
      assertThat(model.tokenizer().orElseThrow()).isSameAs(model.tokenizer().orElseThrow());
    }
  }

  @ParameterizedTest
  @EnumSource
  void fileOfAnotherForm_isLoadedAsBefore(Simulator runtime) throws IOException {
    Path file = Files.writeString(folder.resolve("script.rkllm"), HEAD + RULE);
    try (RkllmModel model = load(runtime, file).contextLength(2048).load()) {
      assertThat(model.file()).isEmpty();
      assertThat(model.tokenizer()).isEmpty();
      assertThat(model.countTokens("x")).isEmpty();
    }
  }
}
