package io.rkllm.examples.server.chat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.rkllm.examples.server.chat.AnswerEnd.Reason;
import io.rkllm.examples.server.model.ModelPool;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The metrics of the server, for Prometheus. Names that begin with {@code gen_ai} follow the
 * OpenTelemetry conventions for generative AI; the others begin with {@code rkllm}. Metrics never
 * contain the text of a prompt or an answer.
 *
 * <p>Thread-safe.
 */
public final class Metrics {
  /**
   * The wait for a model beyond which it is taken to have been loaded; a model in memory is
   * available at once.
   */
  private static final Duration LOADED_BEFORE = Duration.ofMillis(1);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final ModelPool pool;
  private final Set<String> watched = ConcurrentHashMap.newKeySet();

  Metrics(ModelPool pool) {
    this.pool = pool;
    registry.gauge("rkllm.models.loaded", pool, ModelPool::size);
    registry.gauge("rkllm.models.loading", pool, it -> it.health().loading().size());
    registry.gauge("rkllm.models.loads.hanging", pool, it -> it.health().hangingLoads().size());
    registry.gauge("rkllm.models.unresponsive", pool, it -> it.health().recovering().size());
    registry.gauge("rkllm.models.abandoned", pool, it -> it.health().abandoned());
    registry
        .more()
        .counter("rkllm.model.replacements", Tags.empty(), pool, ModelPool::replacements);
    registry.more().counter("rkllm.model.loads", Tags.empty(), pool, ModelPool::loads);
    registry.more().counter("rkllm.model.loads.failed", Tags.empty(), pool, ModelPool::failedLoads);
  }

  /** Returns all metrics in Prometheus' text format. */
  public String scrape() {
    return registry.scrape();
  }

  /** Counts a rejected request. */
  public void refused(String code) {
    registry.counter("rkllm.requests.refused", "code", code).increment();
  }

  /** Counts an answer that ended, complete or cut off. */
  void ended(String operation, String model, AnswerEnd end) {
    Tags tags = tags(operation, model);
    timer("gen_ai.server.request.duration", tags)
        .record(end.stats().queueTime().plus(end.stats().runTime()));
    timer("gen_ai.server.time_to_first_token", tags)
        .record(end.stats().queueTime().plus(end.stats().timeToFirstToken()));
    timer("rkllm.queue.wait", tags).record(end.stats().queueTime());
    int decoded = end.stats().decodedTokens(); // of the last run, without the first token
    if (decoded > 0) {
      timer("gen_ai.server.time_per_output_token", tags)
          .record(end.stats().decodeTime().dividedBy(decoded));
    }
    tokens(tags, "input", end.promptTokens());
    tokens(tags, "output", end.newTokens());
    if (end.reason() == Reason.CANCELLED) {
      registry.counter("rkllm.generations.aborted", tags).increment();
    }
    if (end.loadTime().compareTo(LOADED_BEFORE) > 0) {
      timer("rkllm.model.wait", Tags.of("model", model)).record(end.loadTime());
    }
  }

  /** Counts texts that were embedded. */
  void embedded(String model, Vectors vectors, Duration duration) {
    Tags tags = tags("embeddings", model);
    timer("gen_ai.server.request.duration", tags).record(duration);
    tokens(tags, "input", vectors.promptTokens());
  }

  /** Counts an answer that was closed before its end. */
  void abandoned(String operation, String model) {
    registry.counter("rkllm.generations.aborted", tags(operation, model)).increment();
  }

  /** Counts an answer that failed. */
  void failed(String operation, String model) {
    registry.counter("rkllm.generations.failed", tags(operation, model)).increment();
  }

  private Timer timer(String name, Tags tags) {
    return registry.timer(name, tags);
  }

  private void tokens(Tags tags, String type, int count) {
    registry
        .summary("gen_ai.client.token.usage", tags.and(Tag.of("gen_ai.token.type", type)))
        .record(count);
  }

  private Tags tags(String operation, String model) {
    if (watched.add(model)) {
      removeDeleted(model);
      registry.gauge("rkllm.queue.size", Tags.of("model", model), pool, it -> waiting(it, model));
    }
    return Tags.of("gen_ai.operation.name", operation, "gen_ai.request.model", model);
  }

  /** Removes the metrics of models that were deleted, so that a new one does not add to them. */
  private void removeDeleted(String added) {
    for (String model : List.copyOf(watched)) {
      if (!model.equals(added) && !pool.store().contains(model) && watched.remove(model)) {
        registry.getMeters().stream()
            .filter(meter -> isOf(meter.getId(), model))
            .forEach(registry::remove);
      }
    }
  }

  private static boolean isOf(Meter.Id meter, String model) {
    return model.equals(meter.getTag("model"))
        || model.equals(meter.getTag("gen_ai.request.model"));
  }

  /**
   * Returns the number of requests that wait for a model: all that hold it except the one being
   * answered.
   */
  private static int waiting(ModelPool pool, String model) {
    return Math.max(0, pool.requests(model) - 1);
  }
}
