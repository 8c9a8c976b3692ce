package io.rkllm.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.GenerationStats;
import io.rkllm.InferenceTimeoutException;
import io.rkllm.RkllmModel;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The listener is called on its own thread, so meters are awaited. */
class MicrometerListenerTest {
  private static final Tags CHAT = tags("chat");

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final RkllmModel model =
      Simulated.model(MicrometerListener.of(registry, "counter")).load();

  @AfterEach
  void close() {
    model.close();
  }

  private static Tags tags(String operation) {
    return Tags.of(
        "gen_ai.operation.name", operation,
        "gen_ai.provider.name", "rkllm",
        "gen_ai.request.model", "counter");
  }

  @Test
  void generation_isRecordedWithTheValuesOfItsStatistics() {
    GenerationResult result = model.generate("count to 10").await();

    GenerationStats stats = result.stats();
    Duration all = stats.queueTime().plus(stats.runTime());
    assertTime(timer("gen_ai.client.operation.duration", CHAT.and("error.type", "none")), all);
    Duration first = stats.queueTime().plus(stats.timeToFirstToken());
    assertTime(timer("gen_ai.server.time_to_first_token", CHAT), first);
    Duration token = stats.decodeTime().dividedBy(stats.generatedTokens() - 1);
    assertTime(timer("gen_ai.server.time_per_output_token", CHAT), token);
    assertThat(timer("rkllm.queue.wait", CHAT).count()).isEqualTo(1);
    assertThat(tokens("input").totalAmount()).isEqualTo(stats.promptTokens().getAsInt());
    assertThat(tokens("output").totalAmount()).isEqualTo(stats.generatedTokens());
    assertThat(stats.generatedTokens()).isBetween(10, 12);
  }

  @Test
  void histograms_haveTheBucketsOfTheConventions() {
    model.generate("count to 10").await();

    CountAtBucket[] buckets = tokens("output").takeSnapshot().histogramCounts();
    assertThat(buckets)
        .extracting(CountAtBucket::bucket)
        .containsExactly(1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0);
    assertThat(buckets)
        .extracting(CountAtBucket::count)
        .containsExactly(0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0);
    Timer first = timer("gen_ai.server.time_to_first_token", CHAT);
    assertThat(Arrays.stream(first.takeSnapshot().histogramCounts()))
        .extracting(bucket -> bucket.bucket(TimeUnit.MILLISECONDS))
        .startsWith(1.0, 5.0, 10.0, 20.0)
        .hasSize(16);
  }

  @Test
  void timeout_isRecordedAsAnErrorOfThatType_withoutTokens() {
    GenerationOptions soon = GenerationOptions.builder().timeout(Duration.ofMillis(200)).build();

    assertThatThrownBy(() -> model.generate("count to 1000000", soon).text())
        .isInstanceOf(InferenceTimeoutException.class);

    Timer failed =
        timer(
            "gen_ai.client.operation.duration",
            CHAT.and("error.type", "io.rkllm.InferenceTimeoutException"));
    assertThat(failed.count()).isEqualTo(1);
    assertThat(failed.totalTime(TimeUnit.MILLISECONDS)).isGreaterThanOrEqualTo(200);
    assertThat(registry.find("gen_ai.client.token.usage").meters()).isEmpty();
  }

  @Test
  void embedding_isAnOperationOfItsOwn_withoutTokenTimes() {
    model.embed("hello");

    Timer duration =
        timer("gen_ai.client.operation.duration", tags("embeddings").and("error.type", "none"));
    assertThat(duration.count()).isEqualTo(1);
    assertThat(registry.find("gen_ai.server.time_to_first_token").meters()).isEmpty();
    assertThat(registry.find("gen_ai.server.time_per_output_token").meters()).isEmpty();
  }

  private static void assertTime(Timer timer, Duration expected) {
    assertThat(timer.count()).isEqualTo(1);
    assertThat(timer.totalTime(TimeUnit.NANOSECONDS))
        .isCloseTo((double) expected.toNanos(), within(1.0));
  }

  private Timer timer(String name, Tags tags) {
    return await()
        .ignoreExceptions()
        .until(() -> registry.get(name).tags(tags).timer(), timer -> timer.count() > 0);
  }

  private DistributionSummary tokens(String type) {
    Tags tags = CHAT.and("gen_ai.token.type", type);
    return await()
        .ignoreExceptions()
        .until(
            () -> registry.get("gen_ai.client.token.usage").tags(tags).summary(),
            summary -> summary.count() > 0);
  }
}
