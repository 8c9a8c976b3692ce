package io.rkllm.observability;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongHistogram;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.rkllm.GenerationResult;
import io.rkllm.GenerationStats;
import io.rkllm.InferenceException;
import io.rkllm.event.ModelListener;
import io.rkllm.event.RunKind;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * Reports the runs of a model to OpenTelemetry, as spans and metrics.
 *
 * <pre>{@code
 * RkllmModel model = RkllmModel.builder(path)
 *     .listener(OpenTelemetryListener.of(GlobalOpenTelemetry.get(), "qwen3-0.6b"))
 *     .load();
 * }</pre>
 *
 * <p>Each answer has a span {@code chat qwen3-0.6b} of kind {@code INTERNAL}, whose parent is the
 * current span of the thread that requested it. It lasts from the request to the end of the run and
 * has the token counts, the finish reason and the error. The metrics are {@code
 * gen_ai.client.token.usage}, {@code gen_ai.client.operation.duration}, {@code
 * gen_ai.server.time_to_first_token}, {@code gen_ai.server.time_per_output_token} and {@code
 * rkllm.queue.wait}.
 *
 * <p>Thread-safe. One listener may serve several models of the same name.
 */
public final class OpenTelemetryListener implements ModelListener {
  private static final String SCOPE = "io.rkllm";
  private static final AttributeKey<List<String>> FINISH_REASONS =
      AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");

  private final String model;
  private final Tracer tracer;
  private final LongHistogram tokenUsage;
  private final DoubleHistogram duration;
  private final DoubleHistogram timeToFirstToken;
  private final DoubleHistogram timePerOutputToken;
  private final DoubleHistogram queueWait;

  private OpenTelemetryListener(OpenTelemetry openTelemetry, String model) {
    this.model = model;
    tracer = openTelemetry.getTracer(SCOPE);
    Meter meter = openTelemetry.getMeter(SCOPE);
    tokenUsage =
        meter
            .histogramBuilder(GenAi.TOKEN_USAGE)
            .setUnit("{token}")
            .setDescription("Number of input and output tokens used.")
            .ofLongs()
            .setExplicitBucketBoundariesAdvice(
                Arrays.stream(GenAi.TOKEN_BUCKETS).mapToObj(it -> (long) it).toList())
            .build();
    duration = seconds(meter, GenAi.DURATION, "GenAI operation duration.", GenAi.DURATION_BUCKETS);
    timeToFirstToken =
        seconds(
            meter,
            GenAi.TIME_TO_FIRST_TOKEN,
            "Time to generate first token for successful responses.",
            GenAi.FIRST_TOKEN_BUCKETS);
    timePerOutputToken =
        seconds(
            meter,
            GenAi.TIME_PER_OUTPUT_TOKEN,
            "Time per output token generated after the first token for successful responses.",
            GenAi.TOKEN_TIME_BUCKETS);
    queueWait =
        seconds(
            meter,
            GenAi.QUEUE_WAIT,
            "Time that a run waited for the model.",
            GenAi.DURATION_BUCKETS);
  }

  private static DoubleHistogram seconds(
      Meter meter, String name, String description, double[] buckets) {
    return meter
        .histogramBuilder(name)
        .setUnit("s")
        .setDescription(description)
        .setExplicitBucketBoundariesAdvice(Arrays.stream(buckets).boxed().toList())
        .build();
  }

  /**
   * Returns a listener.
   *
   * @param model the value of the attribute {@code gen_ai.request.model}
   */
  public static OpenTelemetryListener of(OpenTelemetry openTelemetry, String model) {
    return new OpenTelemetryListener(openTelemetry, model);
  }

  @Override
  public ModelListener forRun(RunKind kind) {
    return new Run(kind, Context.current());
  }

  /** The spans and metrics of one run. A batch has a span for each answer. */
  private final class Run implements ModelListener {
    private final Context caller;
    private final RunKind kind;
    private final Attributes attributes;
    private final Instant requested = Instant.now();
    private final long requestedNanos = System.nanoTime();

    Run(RunKind kind, Context caller) {
      this.kind = kind;
      this.caller = caller;
      attributes =
          Attributes.builder()
              .put(GenAi.OPERATION, GenAi.operation(kind))
              .put(GenAi.PROVIDER, GenAi.RKLLM)
              .put(GenAi.REQUEST_MODEL, model)
              .build();
    }

    @Override
    public void onStart(long run, Duration queueTime) {
      record(queueWait, queueTime, attributes, caller);
    }

    @Override
    public void onEnd(long run, GenerationResult result) {
      GenerationStats stats = result.stats();
      Span span = span();
      if (kind == RunKind.GENERATION) {
        span.setAttribute(FINISH_REASONS, List.of(GenAi.finishReason(result.finishReason())));
        span.setAttribute("gen_ai.usage.output_tokens", stats.generatedTokens());
      }
      GenAi.inputTokens(stats)
          .ifPresent(count -> span.setAttribute("gen_ai.usage.input_tokens", count));
      Duration lasted = GenAi.duration(stats);
      Context context = caller.with(span); // for exemplars
      record(duration, lasted, attributes, context);
      GenAi.timeToFirstToken(stats)
          .ifPresent(time -> record(timeToFirstToken, time, attributes, context));
      GenAi.timePerOutputToken(stats)
          .ifPresent(time -> record(timePerOutputToken, time, attributes, context));
      GenAi.inputTokens(stats).ifPresent(count -> tokens(GenAi.INPUT, count, context));
      if (stats.generatedTokens() > 0) {
        tokens(GenAi.OUTPUT, stats.generatedTokens(), context);
      }
      span.end(requested.plus(lasted));
    }

    @Override
    public void onFailure(long run, InferenceException failure) {
      Span span = span();
      String type = GenAi.errorType(failure);
      span.setAttribute(GenAi.ERROR_TYPE, type);
      span.setStatus(StatusCode.ERROR, String.valueOf(failure.getMessage()));
      Duration lasted = Duration.ofNanos(System.nanoTime() - requestedNanos);
      Attributes failed = attributes.toBuilder().put(GenAi.ERROR_TYPE, type).build();
      record(duration, lasted, failed, caller.with(span));
      span.end(requested.plus(lasted));
    }

    private Span span() {
      return tracer
          .spanBuilder(GenAi.operation(kind) + " " + model)
          .setParent(caller)
          .setSpanKind(SpanKind.INTERNAL) // the model runs in this process
          .setStartTimestamp(requested)
          .setAllAttributes(attributes)
          .startSpan();
    }

    private void tokens(String type, int count, Context context) {
      tokenUsage.record(count, attributes.toBuilder().put(GenAi.TOKEN_TYPE, type).build(), context);
    }

    private static void record(
        DoubleHistogram histogram, Duration time, Attributes attributes, Context context) {
      histogram.record(time.toNanos() / 1e9, attributes, context);
    }
  }
}
