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
 * @param loadTimeout how long the runtime may take to load a model
 * @param loras LoRA adapter files for every model
 * @param promptCache a prompt cache for every model; null for none
 */
public record LoadOptions(
    @Nullable Path library,
    int contextLength,
    int queueCapacity,
    int maxModels,
    Duration keepAlive,
    Duration loadTimeout,
    List<Path> loras,
    @Nullable Path promptCache) {

  /** The library where it usually is, contexts of 4,096 tokens, 64 waiting requests, 4 models. */
  public static LoadOptions defaults() {
    return builder().build();
  }

  /** A builder that starts from {@link #defaults}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds {@link LoadOptions}. */
  public static final class Builder {
    private @Nullable Path library;
    private int contextLength = 4096;
    private int queueCapacity = 64;
    private int maxModels = 4;
    private Duration keepAlive = Duration.ofMinutes(30);
    private Duration loadTimeout = Duration.ofMinutes(5);
    private List<Path> loras = List.of();
    private @Nullable Path promptCache;

    private Builder() {}

    /** The runtime's library; null to look for it, the default. */
    public Builder library(@Nullable Path library) {
      this.library = library;
      return this;
    }

    /** The context of models whose Modelfile says nothing; 4,096 tokens by default. */
    public Builder contextLength(int contextLength) {
      this.contextLength = contextLength;
      return this;
    }

    /** How many requests of a model may wait; 64 by default. */
    public Builder queueCapacity(int queueCapacity) {
      this.queueCapacity = queueCapacity;
      return this;
    }

    /** How many models are loaded at once; 4 by default. */
    public Builder maxModels(int maxModels) {
      this.maxModels = maxModels;
      return this;
    }

    /** How long an idle model stays loaded; negative for ever, half an hour by default. */
    public Builder keepAlive(Duration keepAlive) {
      this.keepAlive = keepAlive;
      return this;
    }

    /** How long the runtime may take to load a model; five minutes by default. */
    public Builder loadTimeout(Duration loadTimeout) {
      this.loadTimeout = loadTimeout;
      return this;
    }

    /** LoRA adapter files for every model; none by default. */
    public Builder loras(List<Path> loras) {
      this.loras = loras;
      return this;
    }

    /** A prompt cache for every model; null for none, the default. */
    public Builder promptCache(@Nullable Path promptCache) {
      this.promptCache = promptCache;
      return this;
    }

    /** The options as set so far. */
    public LoadOptions build() {
      return new LoadOptions(
          library,
          contextLength,
          queueCapacity,
          maxModels,
          keepAlive,
          loadTimeout,
          loras,
          promptCache);
    }
  }
}
