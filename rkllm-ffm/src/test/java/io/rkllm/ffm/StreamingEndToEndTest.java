package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.ContextOverflowException;
import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.ModelLoadException;
import io.rkllm.RkllmModel;
import io.rkllm.Sampling;
import io.rkllm.Token;
import io.rkllm.UnsupportedFeatureException;
import io.rkllm.input.TextPrompt;
import io.rkllm.runtime.Capability;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams from a C callback to all kinds of readers, with all ABIs. */
@Timeout(60)
class StreamingEndToEndTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void generate_everyWayOfReading_givesTheSame(Simulator runtime) throws Exception {
    ModelFile file = EndToEnd.modelIn(folder);
    String expected = counted(200);
    try (RkllmModel model = EndToEnd.load(runtime, file).load()) {
      Generation generation = model.generate("count to 200");
      CompletableFuture<String> subscribed = subscribe(generation);

      assertThat(generation.text()).isEqualTo(expected);
      assertThat(subscribed.get(10, TimeUnit.SECONDS)).isEqualTo(expected);
      List<Token> tokens = new ArrayList<>();
      generation.forEach(tokens::add);
      assertThat(tokens.stream().map(Token::text).collect(Collectors.joining()))
          .isEqualTo(expected);
      GenerationResult result = generation.result().get(10, TimeUnit.SECONDS);
      assertThat(result.text()).isEqualTo(expected);
      assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(result.stats().generatedTokens()).isEqualTo(tokens.size());
      assertThat(result.stats().prefillTokens()).isPresent();
      assertThat(result.stats().memoryMegabytes()).isPresent();
    }
    EndToEnd.assertClean(file);
  }

  @ParameterizedTest
  @EnumSource
  void generate_charactersSplitIntoBytes_comeOutWhole(Simulator runtime) {
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model = EndToEnd.load(runtime, file).load()) {
      assertThat(model.generate("你好 world").text()).isEqualTo("你好！😀 👨‍👩‍👧‍👦 नमस्ते");
      assertThat(model.generate("broken bytes").text()).isEqualTo("a\uFFFDb\uFFFD\uFFFD");
    }
    EndToEnd.assertClean(file);
  }

  @ParameterizedTest
  @EnumSource
  void generate_errorInTheMiddle_failsWithWhatThereWas(Simulator runtime) {
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model = EndToEnd.load(runtime, file).load()) {
      assertThatThrownBy(() -> model.generate("fail at 3").text())
          .isInstanceOfSatisfying(
              InferenceException.class, e -> assertThat(e.partialText()).isEqualTo(" 1 2 3"));
      assertThatThrownBy(() -> model.generate("fail without words").text())
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("rkllm_run returned -1");
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
    }
    EndToEnd.assertClean(file);
  }

  @ParameterizedTest
  @EnumSource
  void generate_promptLongerThanTheContext_fails(Simulator runtime) {
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model = EndToEnd.load(runtime, file).contextLength(64).load()) {
      assertThatThrownBy(() -> model.generate("many words ".repeat(200)).text())
          .isInstanceOf(InferenceException.class);
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
    }
    EndToEnd.assertClean(file);
  }

  @ParameterizedTest
  @EnumSource
  void generate_promptLongerThanTheContext_withCapturedOutput_saysSo(Simulator runtime) {
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model =
        EndToEnd.load(runtime, file).contextLength(64).captureNativeOutput().load()) {
      assertThatThrownBy(() -> model.generate("many words ".repeat(200)).text())
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("max context");
    }
  }

  @ParameterizedTest
  @EnumSource
  void generate_limitOfTheModel_endsWithLength(Simulator runtime) {
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model = EndToEnd.load(runtime, file).maxNewTokens(5).load()) {
      GenerationResult result = model.generate("count to 100").result().join();

      assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(result.text()).isEqualTo(counted(5));
    }
    EndToEnd.assertClean(file);
  }

  @ParameterizedTest
  @EnumSource
  void generate_endOfTheContext_endsWithLength(Simulator runtime) {
    ModelFile file = ModelFile.in(folder, "shift: no", "when: *", "repeat: 1000 \"x \"");
    try (RkllmModel model = EndToEnd.load(runtime, file).contextLength(64).load()) {
      GenerationResult result = model.generate("anything").result().join();

      assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @ParameterizedTest
  @EnumSource
  void generate_optionsOfOneRun_workOrAreRefusedByName(Simulator runtime) {
    ModelFile file = EndToEnd.modelIn(folder);
    GenerationOptions options =
        GenerationOptions.builder().maxNewTokens(3).sampling(Sampling.greedy()).build();
    try (RkllmModel model = EndToEnd.load(runtime, file).load()) {
      if (model.runtime().supports(Capability.PER_RUN_MAX_NEW_TOKENS)) {
        GenerationResult limited =
            model.generate(TextPrompt.of("count to 9"), options).result().join();
        assertThat(limited.text()).isEqualTo(counted(3));
        assertThat(limited.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(model.generate("count to 9").text()).isEqualTo(counted(9));
      } else {
        assertThatThrownBy(() -> model.generate(TextPrompt.of("count to 9"), options))
            .isInstanceOf(UnsupportedFeatureException.class)
            .hasMessageContainingAll("1.3.0", runtime.release);
      }
    }
    EndToEnd.assertClean(file);
  }

  @ParameterizedTest
  @EnumSource
  void generate_samePromptAgain_reusesThePrefix(Simulator runtime) {
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model = EndToEnd.load(runtime, file).load()) {
      OptionalInt first =
          model.generate("a prompt of some words").result().join().stats().prefillTokens();
      OptionalInt again =
          model.generate("a prompt of some words").result().join().stats().prefillTokens();

      assertThat(again.orElseThrow()).isPositive().isLessThan(first.orElseThrow());
    }
  }

  @ParameterizedTest
  @EnumSource
  void load_runtimeAndModel_areReported(Simulator runtime) {
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model = EndToEnd.load(runtime, file).contextLength(1024).load()) {
      assertThat(model.contextLength()).isEqualTo(1024);
      assertThat(model.runtime().release()).isEqualTo(runtime.release);
      assertThat(model.runtime().abi()).isEqualTo(runtime.abi);
      assertThat(model.runtime().library()).isEqualTo(runtime.library());
      assertThat(model.runtime().simulator()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void load_whatCannotBeLoaded_isRejectedWithMessage(Simulator runtime) {
    ModelFile file = EndToEnd.modelIn(folder);
    Path missing = folder.resolve("missing.rkllm");

    assertThatThrownBy(() -> RkllmModel.builder(missing).library(runtime.library()).load())
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(missing.toString());
    assertThatThrownBy(() -> EndToEnd.load(runtime, file).contextLength(16_384).load())
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(file.path().toString());
    EndToEnd.assertClean(file);
  }

  private static String counted(int n) {
    return IntStream.rangeClosed(1, n).mapToObj(i -> " " + i).collect(Collectors.joining());
  }

  private static CompletableFuture<String> subscribe(Generation generation) {
    CompletableFuture<String> text = new CompletableFuture<>();
    generation
        .tokens()
        .subscribe(
            new Flow.Subscriber<>() {
              private final StringBuilder seen = new StringBuilder();

              @Override
              public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
              }

              @Override
              public void onNext(Token token) {
                seen.append(token.text());
              }

              @Override
              public void onError(Throwable thrown) {
                text.completeExceptionally(thrown);
              }

              @Override
              public void onComplete() {
                text.complete(seen.toString());
              }
            });
    return text;
  }
}
