package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.runtime.Capability;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A tokenizer and an embedding lookup of the application, which native code waits for. */
@Timeout(30)
class UserFunctionsTest {
  private final ScriptedRuntime runtime = ScriptedRuntime.answering(Script::of);

  private RkllmModel.Builder builder() {
    return RkllmModel.builder(Path.of("x")).runtime(runtime);
  }

  @Test
  void both_areAskedInTheRun() {
    List<String> texts = new ArrayList<>();
    List<String> tokens = new ArrayList<>();
    try (RkllmModel model =
        builder()
            .tokenizer(
                text -> {
                  texts.add(text);
                  return text.chars().toArray();
                })
            .embeddingLookup(
                (ids, rows) -> {
                  tokens.add(Arrays.toString(ids));
                  rows.put(new float[rows.remaining()]);
                })
            .load()) {
      assertThat(model.generate("ab").text()).isEqualTo("ab");
    }
    assertThat(texts).containsExactly("ab");
    assertThat(tokens).containsExactly("[97, 98]");
  }

  @Test
  void throwing_failsThatRunOnly() {
    try (RkllmModel model =
        builder()
            .tokenizer(
                text -> {
                  if (text.equals("bad")) {
                    throw new IllegalStateException("planted");
                  }
                  return new int[] {1};
                })
            .load()) {
      assertThatThrownBy(() -> model.generate("bad").text())
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("planted");
      assertThat(model.generate("good").text()).isEqualTo("good");
    }
  }

  @Test
  void callingTheModel_isRefused() {
    AtomicReference<RkllmModel> itself = new AtomicReference<>();
    try (RkllmModel model =
        builder()
            .embeddingLookup((ids, rows) -> itself.get().generate("another"))
            .tokenizer(
                text -> {
                  if (text.equals("closes")) {
                    itself.get().close();
                  }
                  return new int[] {1};
                })
            .load()) {
      itself.set(model);
      for (String prompt : List.of("closes", "generates")) {
        assertThatThrownBy(() -> model.generate(prompt).text())
            .isInstanceOf(InferenceException.class)
            .hasCauseInstanceOf(IllegalStateException.class)
            .hasMessageContaining("inside a function that native code waits for");
      }
    }
    assertThat(runtime.openModels()).isZero();
  }

  @Test
  void runtimeThatKnowsNone_isRefusedByName() {
    ScriptedRuntime old = runtime.withCapabilities(EnumSet.noneOf(Capability.class));
    assertThatThrownBy(() -> builder().runtime(old).tokenizer(text -> new int[] {1}).load())
        .isInstanceOfSatisfying(
            UnsupportedFeatureException.class,
            e -> assertThat(e.capability()).isEqualTo(Capability.CUSTOM_TOKENIZER));
    assertThatThrownBy(() -> builder().runtime(old).embeddingLookup((ids, rows) -> {}).load())
        .isInstanceOfSatisfying(
            UnsupportedFeatureException.class,
            e -> assertThat(e.capability()).isEqualTo(Capability.CUSTOM_EMBEDDINGS));
    assertThat(old.configs()).isEmpty();
  }
}
