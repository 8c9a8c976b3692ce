package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.input.TextPrompt;
import io.rkllm.spi.RunPerformance;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The totals of a model. */
@Timeout(30)
class ModelStatsTest {
  private static final RunPerformance FIGURES = new RunPerformance(30, 11, 200, 4, 100);

  private final Hold hold = new Hold();
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt ->
              switch (prompt) {
                case "fails" -> Script.of("x").returning(-1);
                case "held" -> Script.of("a").then(hold::here).then("b");
                default -> Script.counting(4).thenFinish(FIGURES);
              });

  @Test
  void sum_isThatOfTheResults() throws Exception {
    try (RkllmModel model = RkllmModel.builder(Path.of("x")).runtime(runtime).load()) {
      ModelStats none = model.stats();
      assertThat(none.generations() + none.cancelled() + none.failed()).isZero();
      assertThat(none.generatedTokens() + none.decodedTokens() + none.prefillTokens()).isZero();
      assertThat(List.of(none.queueTime(), none.prefillTime(), none.decodeTime()))
          .containsOnly(Duration.ZERO);
      assertThat(none.tokensPerSecond()).isZero();
      assertThat(none).isEqualTo(model.stats()).hasSameHashCodeAs(model.stats());

      List<GenerationStats> ended = new ArrayList<>();
      ended.add(model.generate("x").await().stats());
      ended.add(model.generate("y").await().stats());
      assertThatThrownBy(() -> model.generate("fails").text());
      Generation running = model.generate("held");
      Generation waiting = model.generate("never");
      hold.awaitReached();
      waiting.cancel();
      ended.add(waiting.await().stats());
      hold.release();
      ended.add(running.await().stats());
      model.logits(TextPrompt.of("z"));

      ModelStats sum = model.stats();
      assertThat(sum.generations()).isEqualTo(ended.size() + 1);
      assertThat(sum.cancelled()).isOne();
      assertThat(sum.failed()).isOne();
      assertThat(sum.generatedTokens())
          .isEqualTo(ended.stream().mapToLong(GenerationStats::generatedTokens).sum())
          .isEqualTo(10);
      assertThat(sum.decodedTokens())
          .isEqualTo(ended.stream().mapToLong(GenerationStats::decodedTokens).sum())
          .isEqualTo(7);
      assertThat(sum.prefillTokens()).isEqualTo(2L * FIGURES.prefillTokens());
      assertThat(sum.prefillTime()).isEqualTo(Duration.ofMillis(60));
      assertThat(sum.queueTime())
          .isGreaterThanOrEqualTo(
              ended.stream().map(GenerationStats::queueTime).reduce(Duration.ZERO, Duration::plus));
      assertThat(sum.decodeTime()).isGreaterThanOrEqualTo(Duration.ofMillis(400));
      assertThat(sum.tokensPerSecond()).isPositive();
    }
  }

  @Test
  void manyAtOnce_noneIsLost() throws Exception {
    int callers = 4;
    int each = 200;
    try (RkllmModel model =
            RkllmModel.builder(Path.of("x")).runtime(runtime).queueCapacity(10_000).load();
        ExecutorService pool = Executors.newFixedThreadPool(callers)) {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        done.add(
            pool.submit(
                () -> {
                  for (int j = 0; j < each; j++) {
                    model.generate("x").text();
                  }
                }));
      }
      for (var caller : done) {
        caller.get();
      }
      assertThat(model.stats().generations()).isEqualTo((long) callers * each);
      assertThat(model.stats().generatedTokens()).isEqualTo(4L * callers * each);
    }
  }

  @Test
  void stats_areReadableAfterClose() {
    RkllmModel model = RkllmModel.builder(Path.of("x")).runtime(runtime).load();
    model.generate("x").text();
    model.close();

    assertThat(model.stats().generations()).isOne();
  }
}
