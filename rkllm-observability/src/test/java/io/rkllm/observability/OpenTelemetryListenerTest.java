package io.rkllm.observability;

import static io.opentelemetry.sdk.testing.assertj.OpenTelemetryAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.rkllm.ContextOverflowException;
import io.rkllm.Generation;
import io.rkllm.GenerationResult;
import io.rkllm.GenerationStats;
import io.rkllm.RkllmModel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OpenTelemetryListenerTest {
  @RegisterExtension static final OpenTelemetryExtension OTEL = OpenTelemetryExtension.create();

  private static final Attributes CHAT =
      Attributes.builder()
          .put("gen_ai.operation.name", "chat")
          .put("gen_ai.provider.name", "rkllm")
          .put("gen_ai.request.model", "counter")
          .build();
  private static final AttributeKey<List<String>> FINISH_REASONS =
      AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");

  private RkllmModel model;

  /** Loads the model after the extension has reset its meters. */
  @BeforeEach
  void load() {
    model = Simulated.model(OpenTelemetryListener.of(OTEL.getOpenTelemetry(), "counter")).load();
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void generation_isASpanUnderThatOfItsCaller() {
    Span caller = OTEL.getOpenTelemetry().getTracer("test").spanBuilder("request").startSpan();
    GenerationResult result;
    try (Scope _ = caller.makeCurrent()) {
      result = model.generate("count to 10").await();
    }

    SpanData span = span("chat counter");
    GenerationStats stats = result.stats();
    assertThat(span)
        .hasKind(SpanKind.INTERNAL)
        .hasParentSpanId(caller.getSpanContext().getSpanId())
        .hasTraceId(caller.getSpanContext().getTraceId())
        .hasStatus(StatusData.unset())
        .hasAttributes(
            CHAT.toBuilder()
                .put(FINISH_REASONS, List.of("stop"))
                .put("gen_ai.usage.input_tokens", stats.promptTokens().getAsInt())
                .put("gen_ai.usage.output_tokens", stats.generatedTokens())
                .build());
    assertThat(span.getEndEpochNanos() - span.getStartEpochNanos())
        .isEqualTo(stats.queueTime().plus(stats.runTime()).toNanos());
  }

  @Test
  void generation_isRecordedInHistograms() {
    GenerationStats stats = model.generate("count to 10").await().stats();

    span("chat counter");
    Duration all = stats.queueTime().plus(stats.runTime());
    assertTime("gen_ai.client.operation.duration", CHAT, all);
    Duration first = stats.queueTime().plus(stats.timeToFirstToken());
    assertTime("gen_ai.server.time_to_first_token", CHAT, first);
    Duration token = stats.decodeTime().dividedBy(stats.generatedTokens() - 1);
    assertTime("gen_ai.server.time_per_output_token", CHAT, token);
    assertThat(metric("rkllm.queue.wait").getUnit()).isEqualTo("s");
    assertThat(metric("gen_ai.client.token.usage"))
        .hasUnit("{token}")
        .hasHistogramSatisfying(
            histogram ->
                histogram.hasPointsSatisfying(
                    point ->
                        point
                            .hasAttributes(type("input"))
                            .hasSum(stats.promptTokens().getAsInt())
                            .hasCount(1)
                            .hasBucketBoundaries(1, 4, 16, 64, 256, 1024, 4096, 16384),
                    point -> point.hasAttributes(type("output")).hasSum(stats.generatedTokens())));
  }

  @Test
  void failure_isAnErrorOfItsType() {
    assertThatThrownBy(() -> model.generate("much ".repeat(5000)).text())
        .isInstanceOf(ContextOverflowException.class);

    SpanData span = span("chat counter");
    assertThat(span.getStatus().getStatusCode().name()).isEqualTo("ERROR");
    Attributes failed =
        CHAT.toBuilder().put("error.type", "io.rkllm.ContextOverflowException").build();
    assertThat(span).hasAttributes(failed);
    assertThat(metric("gen_ai.client.operation.duration"))
        .hasHistogramSatisfying(
            histogram -> histogram.hasPointsSatisfying(point -> point.hasAttributes(failed)));
  }

  @Test
  void cancellation_isAFinishReason_notAnError() {
    try (Generation generation = model.generate("count to 100000")) {
      generation.iterator().next();
      generation.cancel();
    }

    assertThat(span("chat counter"))
        .hasStatus(StatusData.unset())
        .hasAttribute(FINISH_REASONS, List.of("cancelled"));
  }

  @Test
  void embedding_isAnOperationOfItsOwn() {
    model.embed("hello");

    assertThat(span("embeddings counter"))
        .hasAttribute(AttributeKey.stringKey("gen_ai.operation.name"), "embeddings");
  }

  /** Waits for the listener, which is called on its own thread. */
  private static SpanData span(String name) {
    return await()
        .until(
            () -> OTEL.getSpans().stream().filter(it -> it.getName().equals(name)).findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  private static MetricData metric(String name) {
    return await()
        .until(
            () -> OTEL.getMetrics().stream().filter(it -> it.getName().equals(name)).findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  private static Attributes type(String type) {
    return CHAT.toBuilder().put("gen_ai.token.type", type).build();
  }

  private static void assertTime(String name, Attributes attributes, Duration expected) {
    HistogramPointData point = metric(name).getHistogramData().getPoints().iterator().next();
    assertThat(point.getAttributes()).isEqualTo(attributes);
    assertThat(point.getCount()).isEqualTo(1);
    assertThat(point.getSum()).isCloseTo(expected.toNanos() / 1e9, within(1e-9));
  }
}
