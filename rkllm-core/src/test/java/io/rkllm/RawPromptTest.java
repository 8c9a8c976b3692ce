package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.chat.ChatFormat;
import io.rkllm.input.RawPrompt;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Prompts to which no template is applied. */
@Timeout(30)
class RawPromptTest {
  private final ScriptedRuntime echo = ScriptedRuntime.answering(Script::of);

  private RkllmModel.Builder model() {
    return RkllmModel.builder(Path.of("scripted")).runtime(echo);
  }

  @Test
  void rawPrompt_underAChatFormat_goesToTheModelAsItIs() {
    try (RkllmModel model = model().chatFormat(ChatFormat.chatMl()).load()) {
      assertThat(model.generate(RawPrompt.of("<|im_start|>user\nas it is")).text())
          .isEqualTo("<|im_start|>user\nas it is");
    }
  }

  @Test
  void rawPrompt_underTheRuntimesTemplate_isRefusedWithTheWayOut() {
    try (RkllmModel model = model().load()) {
      assertThatThrownBy(() -> model.generate(RawPrompt.of("x")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("chatFormat");
      assertThatThrownBy(() -> model.logits(RawPrompt.of("x")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("chatFormat");
      try (InferenceSession session = model.openSession()) {
        assertThatThrownBy(() -> session.generate(RawPrompt.of("x")))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("chatFormat");
      }
    }
  }

  @Test
  void rawPrompt_inASessionUnderAChatFormat_isRefused() {
    try (RkllmModel model = model().chatFormat(ChatFormat.chatMl()).load();
        InferenceSession session = model.openSession()) {
      assertThatThrownBy(() -> session.generate(RawPrompt.of("x")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("accepts only text");
    }
  }

  @Test
  void rawPrompt_emptyOrWithNul_isRefused() {
    assertThatThrownBy(() -> RawPrompt.of("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> RawPrompt.of("a\0b")).isInstanceOf(IllegalArgumentException.class);
  }
}
