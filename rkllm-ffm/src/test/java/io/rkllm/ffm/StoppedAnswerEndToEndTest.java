package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceSession;
import io.rkllm.InferenceTimeoutException;
import io.rkllm.RkllmModel;
import io.rkllm.TokenIterator;
import io.rkllm.chat.ChatFormat;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The effects of stopped and truncated answers, on all simulated runtimes. */
@Timeout(60)
class StoppedAnswerEndToEndTest {
  private static final String LONG = "word ".repeat(300);

  @TempDir Path folder;

  private static int prefilled(GenerationResult result) {
    return result.stats().prefillTokens().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void chat_whoseAnswersAreStopped_keepsItsPrefix(Simulator runtime) {
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model = EndToEnd.load(runtime, file).chatFormat(ChatFormat.chatMl()).load();
        InferenceSession session = model.openSession()) {
      int first = prefilled(session.generate(LONG).await());
      assertThat(first).isGreaterThan(300);

      GenerationOptions stop = GenerationOptions.builder().stopSequences("7").build();
      assertThat(prefilled(session.generate("count to 40", stop).await())).isLessThan(50);

      Generation cancelled = session.generate("count slowly to 2000");
      try (TokenIterator tokens = cancelled.iterator()) {
        tokens.next();
        cancelled.cancel();
      }
      assertThat(cancelled.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(prefilled(cancelled.await())).isLessThan(50);

      Duration soon = Duration.ofMillis(100);
      GenerationOptions timeout = GenerationOptions.builder().timeout(soon).build();
      assertThatThrownBy(() -> session.generate("count slowly to 2000", timeout).text())
          .isInstanceOf(InferenceTimeoutException.class);
      assertThat(prefilled(session.generate("x").await())).isLessThan(50);
    }
    EndToEnd.assertClean(file);
  }

  @ParameterizedTest
  @EnumSource
  void clearCacheAfterStop_costsThePrefix(Simulator runtime) {
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model =
            EndToEnd.load(runtime, file)
                .chatFormat(ChatFormat.chatMl())
                .clearCacheAfterStop()
                .load();
        InferenceSession session = model.openSession()) {
      session.generate(LONG).text();
      GenerationOptions stop = GenerationOptions.builder().stopSequences("7").build();
      session.generate("count to 40", stop).text();
      assertThat(prefilled(session.generate("x").await())).isGreaterThan(300);
    }
  }

  @ParameterizedTest
  @EnumSource
  void runawayAnswer_endsAtTheContextsSize_unlessTokensAreUnlimited(Simulator runtime) {
    ModelFile file = ModelFile.in(folder, "shift: yes", "when: *", "repeat: 900 \"tick \"");
    try (RkllmModel model = RkllmModel.builder(file.path()).library(runtime.library()).load()) {
      GenerationResult result =
          model.generate("x").await(); // with the runtime's default context length
      assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(result.stats().generatedTokens()).isEqualTo(model.contextLength()).isEqualTo(512);
      assertThat(result.stats().promptTokens()).isEmpty(); // the window has been shifted
    }
    try (RkllmModel model = EndToEnd.load(runtime, file).contextLength(64).load();
        InferenceSession session = model.openSession()) {
      assertThat(session.generate("x").await().finishReason()).isEqualTo(FinishReason.LENGTH);
    }
    try (RkllmModel model =
        EndToEnd.load(runtime, file).contextLength(64).unlimitedTokens().load()) {
      GenerationResult result = model.generate("x").await();
      assertThat(result.stats().generatedTokens()).isGreaterThanOrEqualTo(900);
      assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  @ParameterizedTest
  @EnumSource
  void limitInsideACharacter_isLength(Simulator runtime) {
    for (String split : new String[] {"hold-empty", "hold-null", "partial", "normal"}) {
      ModelFile file = ModelFile.in(folder, "split: " + split, "when: *", "cut: bytes", "say: 你好");
      try (RkllmModel model = EndToEnd.load(runtime, file).maxNewTokens(4).load()) {
        GenerationResult result = model.generate("x").await();
        assertThat(result.finishReason()).as(split).isEqualTo(FinishReason.LENGTH);
        assertThat(result.stats().generatedTokens()).isEqualTo(4);
        assertThat(result.text()).startsWith("你").doesNotContain("好");
      }
    }
  }
}
