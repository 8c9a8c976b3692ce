package io.rkllm.observability;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.rkllm.GenerationResult;
import io.rkllm.GenerationStats;
import io.rkllm.InferenceException;
import io.rkllm.event.ModelListener;
import io.rkllm.event.RunKind;
import java.time.Duration;
import java.util.Arrays;

/**
 * Records the runs of a model in a meter registry.
 *
 * <pre>{@code
 * RkllmModel model = RkllmModel.builder(path)
 *     .listener(MicrometerListener.of(registry, "qwen3-0.6b"))
 *     .load();
 * }</pre>
 *
 * <p>The meters are {@code gen_ai.client.token.usage}, {@code gen_ai.client.operation.duration},
 * {@code gen_ai.server.time_to_first_token} and {@code gen_ai.server.time_per_output_token}, with
 * the histogram buckets of the conventions, and {@code rkllm.queue.wait}. Where the conventions
 * leave out {@code error.type}, it is {@code none}, since a registry such as that of Prometheus
 * requires the same tags on all meters of a name.
 *
 * <p>Frameworks such as Spring AI record meters named {@code gen_ai.client} themselves, as other
 * types of meters. A registry such as that of Prometheus keeps the meters of one type for a name
 * and drops the others, so use {@link #withoutClientMeters} there.
 *
 * <p>Thread-safe. One listener may serve several models of the same name.
 */
public final class MicrometerListener implements ModelListener {
  private static final Duration[] DURATIONS = seconds(GenAi.DURATION_BUCKETS);
  private static final Duration[] FIRST_TOKENS = seconds(GenAi.FIRST_TOKEN_BUCKETS);
  private static final Duration[] TOKEN_TIMES = seconds(GenAi.TOKEN_TIME_BUCKETS);

  private final MeterRegistry registry;
  private final String model;
  private final boolean clientMeters;

  private static Duration[] seconds(double[] boundaries) {
    return Arrays.stream(boundaries)
        .mapToObj(it -> Duration.ofNanos(Math.round(it * 1e9)))
        .toArray(Duration[]::new);
  }

  private MicrometerListener(MeterRegistry registry, String model, boolean clientMeters) {
    this.registry = registry;
    this.model = model;
    this.clientMeters = clientMeters;
  }

  /**
   * Returns a listener that records all meters.
   *
   * @param model the value of the tag {@code gen_ai.request.model}
   */
  public static MicrometerListener of(MeterRegistry registry, String model) {
    return new MicrometerListener(registry, model, /* clientMeters= */ true);
  }

  /**
   * Returns a listener that records all meters except those named {@code gen_ai.client}, for
   * applications whose framework records these.
   *
   * @param model the value of the tag {@code gen_ai.request.model}
   */
  public static MicrometerListener withoutClientMeters(MeterRegistry registry, String model) {
    return new MicrometerListener(registry, model, /* clientMeters= */ false);
  }

  @Override
  public ModelListener forRun(RunKind kind) {
    return new Run(GenAi.operation(kind));
  }

  /** The meters of one run. */
  private final class Run implements ModelListener {
    private final Tags tags;
    private final long requested = System.nanoTime();

    Run(String operation) {
      tags =
          Tags.of(
              GenAi.OPERATION, operation, GenAi.PROVIDER, GenAi.RKLLM, GenAi.REQUEST_MODEL, model);
    }

    @Override
    public void onStart(long run, Duration queueTime) {
      time(GenAi.QUEUE_WAIT, DURATIONS, tags, queueTime);
    }

    @Override
    public void onEnd(long run, GenerationResult result) {
      GenerationStats stats = result.stats();
      ended("none", GenAi.duration(stats));
      GenAi.timeToFirstToken(stats)
          .ifPresent(t -> time(GenAi.TIME_TO_FIRST_TOKEN, FIRST_TOKENS, tags, t));
      GenAi.timePerOutputToken(stats)
          .ifPresent(t -> time(GenAi.TIME_PER_OUTPUT_TOKEN, TOKEN_TIMES, tags, t));
      GenAi.inputTokens(stats).ifPresent(count -> tokens(GenAi.INPUT, count));
      if (stats.generatedTokens() > 0) {
        tokens(GenAi.OUTPUT, stats.generatedTokens());
      }
    }

    @Override
    public void onFailure(long run, InferenceException failure) {
      ended(GenAi.errorType(failure), Duration.ofNanos(System.nanoTime() - requested));
    }

    private void ended(String error, Duration duration) {
      if (clientMeters) {
        time(GenAi.DURATION, DURATIONS, tags.and(GenAi.ERROR_TYPE, error), duration);
      }
    }

    private void time(String name, Duration[] buckets, Tags tags, Duration duration) {
      Timer.builder(name)
          .tags(tags)
          .serviceLevelObjectives(buckets)
          .register(registry)
          .record(duration);
    }

    private void tokens(String type, int count) {
      if (!clientMeters) {
        return;
      }
      DistributionSummary.builder(GenAi.TOKEN_USAGE)
          .tags(tags.and(GenAi.TOKEN_TYPE, type))
          .serviceLevelObjectives(GenAi.TOKEN_BUCKETS)
          .register(registry)
          .record(count);
    }
  }
}
