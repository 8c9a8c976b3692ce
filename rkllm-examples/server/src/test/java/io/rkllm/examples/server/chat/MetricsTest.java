package io.rkllm.examples.server.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.GenerationStats;
import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.chat.AnswerEnd.Reason;
import io.rkllm.examples.server.model.LoadOptions;
import io.rkllm.examples.server.model.ModelLease;
import io.rkllm.examples.server.model.ModelLoader;
import io.rkllm.examples.server.model.ModelPool;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The exact values of the metrics. */
@Timeout(60)
class MetricsTest {
  @TempDir Path folder;
  private ModelPool pool;
  private Metrics metrics;

  @BeforeEach
  void start() {
    SimulatedServer.write(folder, "m", "TEMPLATE=qwen3\n", "when: hi\nsay: ho");
    pool =
        new ModelPool(
            new ModelStore(folder, List.of()),
            new ModelLoader(
                LoadOptions.builder().library(Simulator.library(Release.V1_3_1)).build()));
    metrics = new Metrics(pool);
  }

  @AfterEach
  void stop() {
    pool.close();
  }

  private record Stats(
      Duration queueTime,
      Duration timeToFirstToken,
      Duration runTime,
      int generatedTokens,
      Duration decodeTime,
      OptionalInt promptTokens,
      OptionalInt prefillTokens,
      Optional<Duration> prefillTime,
      OptionalDouble memoryMegabytes)
      implements GenerationStats {}

  /** Waited 2 s, then ran for 10 s, of which the first token took 3 and the others 7. */
  private static AnswerEnd end(Reason reason, int promptTokens, int tokens, Duration loadTime) {
    GenerationStats stats =
        new Stats(
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
            Duration.ofSeconds(10),
            tokens,
            tokens > 1 ? Duration.ofSeconds(7) : Duration.ZERO,
            OptionalInt.of(promptTokens),
            OptionalInt.empty(),
            Optional.empty(),
            OptionalDouble.empty());
    return new AnswerEnd(reason, promptTokens, tokens, stats, loadTime);
  }

  /** All figures with a value other than 0, by name and labels. */
  private Map<String, Double> figures() {
    return metrics
        .scrape()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.split(" "))
        .filter(parts -> Double.parseDouble(parts[1]) != 0)
        .collect(Collectors.toMap(parts -> parts[0], parts -> Double.parseDouble(parts[1])));
  }

  private static String chat(String name, String... more) {
    return name
        + "{gen_ai_operation_name=\"chat\",gen_ai_request_model=\"m\""
        + String.join("", more)
        + "}";
  }

  private static String tokens(String what, String type) {
    return chat("gen_ai_client_token_usage_" + what, ",gen_ai_token_type=\"" + type + "\"");
  }

  @Test
  void ended_answer_isTimedAndCounted() {
    metrics.ended("chat", "m", end(Reason.STOP, 100, 15, Duration.ZERO));
    metrics.ended("chat", "m", end(Reason.LENGTH, 50, 8, Duration.ZERO));

    Map<String, Double> figures = figures();
    assertThat(figures)
        .containsEntry(chat("gen_ai_server_request_duration_seconds_count"), 2.0)
        .containsEntry(chat("gen_ai_server_request_duration_seconds_sum"), 24.0)
        .containsEntry(chat("gen_ai_server_time_to_first_token_seconds_sum"), 10.0)
        .containsEntry(chat("rkllm_queue_wait_seconds_sum"), 4.0)
        .containsEntry(chat("gen_ai_server_time_per_output_token_seconds_count"), 2.0)
        .containsEntry(chat("gen_ai_server_time_per_output_token_seconds_sum"), 7.0 / 14 + 7.0 / 7)
        .containsEntry(tokens("sum", "input"), 150.0)
        .containsEntry(tokens("count", "input"), 2.0)
        .containsEntry(tokens("sum", "output"), 23.0);
    assertThat(figures.keySet())
        .noneMatch(name -> name.contains("aborted") || name.contains("failed"))
        .noneMatch(name -> name.contains("rkllm_model_wait") || name.contains("refused"));
  }

  /** The first token comes out of the prefill: one alone took no time of its own. */
  @Test
  void ended_withoutADecodedToken_hasNoTimePerToken() {
    metrics.ended("chat", "m", end(Reason.STOP, 1, 1, Duration.ZERO));
    metrics.ended("chat", "m", end(Reason.STOP, 1, 0, Duration.ZERO));
    assertThat(figures().keySet()).noneMatch(name -> name.contains("per_output_token"));
  }

  @Test
  void ended_cancelled_isCountedAsAborted() {
    metrics.ended("chat", "m", end(Reason.CANCELLED, 1, 1, Duration.ZERO));
    metrics.abandoned("chat", "m");
    assertThat(figures()).containsEntry(chat("rkllm_generations_aborted_total"), 2.0);
  }

  /** A model that was there is given within a moment, which is no load. */
  @Test
  void ended_afterALoad_hasItsTime() {
    metrics.ended("chat", "m", end(Reason.STOP, 1, 1, Duration.ofMillis(1)));
    assertThat(figures().keySet()).noneMatch(name -> name.contains("rkllm_model_wait"));
    metrics.ended("chat", "m", end(Reason.STOP, 1, 1, Duration.ofMillis(1500)));
    assertThat(figures())
        .containsEntry("rkllm_model_wait_seconds_sum{model=\"m\"}", 1.5)
        .containsEntry("rkllm_model_wait_seconds_count{model=\"m\"}", 1.0);
  }

  @Test
  void models_thatWereDeleted_haveNoMetricsOnceThereIsANewOne() {
    SimulatedServer.write(folder, "deleted", "TEMPLATE=qwen3\n", "when: hi\nsay: ho");
    metrics.ended("chat", "m", end(Reason.STOP, 1, 1, Duration.ofSeconds(1)));
    metrics.ended("chat", "deleted", end(Reason.CANCELLED, 1, 1, Duration.ofSeconds(1)));
    metrics.failed("chat", "deleted");
    metrics.embedded("deleted", new Vectors(List.of(), 42, Duration.ZERO), Duration.ZERO);
    pool.delete("deleted");
    assertThat(metrics.scrape()).contains("\"deleted\"");

    SimulatedServer.write(folder, "new", "TEMPLATE=qwen3\n", "when: hi\nsay: ho");
    metrics.ended("chat", "new", end(Reason.STOP, 1, 1, Duration.ZERO));

    assertThat(metrics.scrape()).contains("\"m\"", "\"new\"").doesNotContain("\"deleted\"");
  }

  @Test
  void embedded_failed_refused_areCounted() {
    metrics.embedded("m", new Vectors(List.of(), 42, Duration.ZERO), Duration.ofMillis(250));
    metrics.failed("chat", "m");
    metrics.refused("busy");
    metrics.refused("busy");
    String embeddings = "{gen_ai_operation_name=\"embeddings\",gen_ai_request_model=\"m\"";
    assertThat(figures())
        .containsEntry("gen_ai_server_request_duration_seconds_sum" + embeddings + "}", 0.25)
        .containsEntry(
            "gen_ai_client_token_usage_sum" + embeddings + ",gen_ai_token_type=\"input\"}", 42.0)
        .containsEntry(chat("rkllm_generations_failed_total"), 1.0)
        .containsEntry("rkllm_requests_refused_total{code=\"busy\"}", 2.0);
  }

  @Test
  void models_andTheirQueue_areThoseOfThePool() {
    metrics.ended("chat", "m", end(Reason.STOP, 1, 1, Duration.ZERO));
    assertThat(figures()).doesNotContainKey("rkllm_models_loaded");
    try (ModelLease one = pool.lease("m", null, Duration.ofMinutes(1));
        ModelLease two = pool.lease("m", null, Duration.ofMinutes(1));
        ModelLease three = pool.lease("m", null, Duration.ofMinutes(1))) {
      assertThat(List.of(one.model(), two.model())).containsOnly(three.model());
      assertThat(figures())
          .containsEntry("rkllm_models_loaded", 1.0)
          .containsEntry("rkllm_model_loads_total", 1.0)
          .containsEntry("rkllm_queue_size{model=\"m\"}", 2.0) // one is being answered
          .doesNotContainKey("rkllm_model_loads_failed_total");
    }
    assertThat(figures()).doesNotContainKey("rkllm_queue_size{model=\"m\"}");
  }
}
