package io.rkllm.examples.server.model;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How models are loaded and kept.
 *
 * @param library the runtime's library; null to look for it
 * @param contextLength context of models whose Modelfile says nothing
 * @param queueCapacity how many requests of a model may wait
 * @param maxModels how many models are loaded at once
 * @param keepAlive how long an idle model stays loaded; negative for ever
 * @param loras LoRA adapter files for every model
 * @param promptCache a prompt cache for every model; null for none
 */
public record LoadOptions(
    @Nullable Path library,
    int contextLength,
    int queueCapacity,
    int maxModels,
    Duration keepAlive,
    List<Path> loras,
    @Nullable Path promptCache) {

  /** The library where it usually is, contexts of 4,096 tokens, 64 waiting requests, 4 models. */
  public static LoadOptions defaults() {
    return new LoadOptions(null, 4096, 64, 4, Duration.ofMinutes(30), List.of(), null);
  }

  /** The same with another library. */
  public LoadOptions withLibrary(Path library) {
    return new LoadOptions(
        library, contextLength, queueCapacity, maxModels, keepAlive, loras, promptCache);
  }

  /** The same with another context. */
  public LoadOptions withContextLength(int contextLength) {
    return new LoadOptions(
        library, contextLength, queueCapacity, maxModels, keepAlive, loras, promptCache);
  }

  /** The same with another number of waiting requests. */
  public LoadOptions withQueueCapacity(int queueCapacity) {
    return new LoadOptions(
        library, contextLength, queueCapacity, maxModels, keepAlive, loras, promptCache);
  }

  /** The same with another number of loaded models. */
  public LoadOptions withMaxModels(int maxModels) {
    return new LoadOptions(
        library, contextLength, queueCapacity, maxModels, keepAlive, loras, promptCache);
  }

  /** The same with another time for idle models. */
  public LoadOptions withKeepAlive(Duration keepAlive) {
    return new LoadOptions(
        library, contextLength, queueCapacity, maxModels, keepAlive, loras, promptCache);
  }
}
