package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatFormat;
import io.rkllm.input.RawPrompt;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How long a whole prompt was, what was reused of it included, on all ABIs. */
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
}
