package io.rkllm.examples.server.model;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Options for loading models and keeping them in memory.
 *
 * @param library the runtime's library; null to search for it
 * @param isolated whether each model lives in a process of its own
 * @param contextLength the context length of models whose Modelfile does not set one, in tokens
 * @param queueCapacity the maximum number of requests that wait for a model
 * @param maxModels the maximum number of loaded models
 * @param keepAlive the time for which an idle model stays loaded; negative for forever
 * @param hangTimeout the time for which a model may be unresponsive before it is closed and loaded
 *     again; see {@link io.rkllm.RkllmModel#isUnresponsive}
 * @param loadTimeout the maximum time for loading a model
 * @param loras LoRA adapter files for every model
 * @param promptCache a prompt cache for every model; null for none
 */
public record LoadOptions(
    @Nullable Path library,
    boolean isolated,
    int contextLength,
    int queueCapacity,
    int maxModels,
    Duration keepAlive,
    Duration hangTimeout,
    Duration loadTimeout,
    List<Path> loras,
    @Nullable Path promptCache) {

  /** Returns the defaults: contexts of 4,096 tokens, 64 waiting requests, 4 models. */
  public static LoadOptions defaults() {
    return builder().build();
  }

  /** Returns a builder that starts from {@link #defaults}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds {@link LoadOptions}. */
  public static final class Builder {
    private @Nullable Path library;
    private boolean isolated;
    private int contextLength = 4096;
    private int queueCapacity = 64;
    private int maxModels = 4;
    private Duration keepAlive = Duration.ofMinutes(30);
    private Duration hangTimeout = Duration.ofSeconds(20);
    private Duration loadTimeout = Duration.ofMinutes(5);
    private List<Path> loras = List.of();
    private @Nullable Path promptCache;

    private Builder() {}

    /** Sets the runtime's library; null to search for it, the default. */
    public Builder library(@Nullable Path library) {
      this.library = library;
      return this;
    }

    /** Sets whether each model lives in a process of its own; false by default. */
    public Builder isolated(boolean isolated) {
      this.isolated = isolated;
      return this;
    }

    /**
     * Sets the context length of models whose Modelfile does not set one; 4,096 tokens by default.
     */
    public Builder contextLength(int contextLength) {
      this.contextLength = contextLength;
      return this;
    }

    /** Sets the maximum number of requests that wait for a model; 64 by default. */
    public Builder queueCapacity(int queueCapacity) {
      this.queueCapacity = queueCapacity;
      return this;
    }

    /** Sets the maximum number of loaded models; 4 by default. */
    public Builder maxModels(int maxModels) {
      this.maxModels = maxModels;
      return this;
    }

    /**
     * Sets the time for which an idle model stays loaded; negative for forever, half an hour by
     * default.
     */
    public Builder keepAlive(Duration keepAlive) {
      this.keepAlive = keepAlive;
      return this;
    }

    /**
     * Sets the time for which a model may be unresponsive before it is closed and loaded again; 20
     * seconds by default, in addition to the ten seconds that the SDK allows native code to return.
     */
    public Builder hangTimeout(Duration hangTimeout) {
      this.hangTimeout = hangTimeout;
      return this;
    }

    /** Sets the maximum time for loading a model; five minutes by default. */
    public Builder loadTimeout(Duration loadTimeout) {
      this.loadTimeout = loadTimeout;
      return this;
    }

    /** Sets LoRA adapter files for every model; none by default. */
    public Builder loras(List<Path> loras) {
      this.loras = loras;
      return this;
    }

    /** Sets a prompt cache for every model; null for none, the default. */
    public Builder promptCache(@Nullable Path promptCache) {
      this.promptCache = promptCache;
      return this;
    }

    /** Returns the options as set so far. */
    public LoadOptions build() {
      return new LoadOptions(
          library,
          isolated,
          contextLength,
          queueCapacity,
          maxModels,
          keepAlive,
          hangTimeout,
          loadTimeout,
          loras,
          promptCache);
    }
  }
}
