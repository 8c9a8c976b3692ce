package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.ContextOverflowException;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatFormat;
import io.rkllm.input.EmbeddingLookup;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.Tokenizer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The length of the whole prompt, including the reused part, with all ABIs. */
@Timeout(60)
class PromptLengthTest {
  @TempDir Path folder;

  private final String words = "word ".repeat(new Random().nextInt(1, 60));

  private ModelFile file() {
    return ModelFile.in(folder, "when: *", "say: {tokens}");
  }

  @ParameterizedTest
  @EnumSource
  void promptTokens_eachRun_isWhatTheModelSees(Simulator runtime) {
    try (RkllmModel model = EndToEnd.load(runtime, file()).load()) {
      for (int run = 0; run < 3; run++) { // the later ones reuse the prefix
        GenerationResult result = model.generate(words + "x".repeat(run)).await();

        assertThat(result.stats().promptTokens()).hasValue(Integer.parseInt(result.text()));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void promptTokens_tokenLimitReached_isWhatTheModelSees(Simulator runtime) {
    ModelFile file = ModelFile.in(folder, "when: *", "repeat: 40 \"tick \"");
    try (RkllmModel model = EndToEnd.load(runtime, file).load()) {
      int whole = model.generate(words).await().stats().promptTokens().orElseThrow();
      GenerationOptions three = GenerationOptions.builder().maxNewTokens(3).build();

      assertThat(model.generate(words, three).await().stats().promptTokens()).hasValue(whole);
    }
  }

  @ParameterizedTest
  @EnumSource
  void rawPrompt_underAChatFormat_isReadAsWritten(Simulator runtime) {
    ModelFile file = ModelFile.in(folder, "when: hello {name}", "say: {name} it is");
    try (RkllmModel model = EndToEnd.load(runtime, file).chatFormat(ChatFormat.chatMl()).load()) {
      RawPrompt prompt =
          RawPrompt.of("<|im_start|>user\nhello Ada<|im_end|>\n<|im_start|>assistant\n");

      assertThat(model.generate(prompt).text()).isEqualTo("Ada it is");
    }
  }

  /** Native code requests tokens, or their rows, before it has counted them. */
  @ParameterizedTest
  @EnumSource(names = {"V1_3", "V1_3_1"})
  void tooLongPrompt_tokensOrRowsOfTheProgram_isAnOverflow(Simulator runtime) {
    String tooLong = "word ".repeat(300);
    ModelFile rowless = ModelFile.in(folder, "embd: 16", "embedding: none", "when: *", "say: yes");
    EmbeddingLookup lookup = (_, rows) -> rows.put(new float[rows.capacity()]);
    try (RkllmModel model =
        EndToEnd.load(runtime, rowless).contextLength(64).embeddingLookup(lookup).load()) {
      assertThatThrownBy(() -> model.generate(tooLong).text())
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("the context is limited to 64");
      assertThat(model.generate("x").text()).isEqualTo("yes");
    }
    ModelFile wordless = ModelFile.in(folder, "tokenizer: none", "when: *", "say: yes");
    Tokenizer tokenizer = text -> new int[text.length() / 5 + 1];
    try (RkllmModel model =
        EndToEnd.load(runtime, wordless).contextLength(64).tokenizer(tokenizer).load()) {
      assertThatThrownBy(() -> model.generate(tooLong).text())
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("the runtime accepts 64");
      assertThat(model.generate("x").text()).isEqualTo("yes");
    }
  }
}
