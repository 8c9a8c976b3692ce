package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.model.LoadOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for loading models and keeping them in memory. */
final class ServeModelOptions {
  private static final LoadOptions USUAL = LoadOptions.defaults();

  @Option(
      names = "--library",
      paramLabel = "FILE",
      description =
          "The librkllmrt.so to use, or the folder it is in. Without it RKLLM_LIBRARY_PATH, then"
              + " the usual folders.")
  private @Nullable Path library;

  @Option(
      names = "--isolate",
      description =
          "Run each model in a separate process, which is replaced when the runtime crashes or"
              + " hangs.")
  private boolean isolate;

  @Option(
      names = "--context",
      paramLabel = "TOKENS",
      description = "The context of models whose Modelfile has no NUM_CTX (${DEFAULT-VALUE}).")
  private int context = USUAL.contextLength();

  @Option(
      names = "--queue",
      paramLabel = "N",
      description = "How many requests may wait for a model (${DEFAULT-VALUE}).")
  private int queue = USUAL.queueCapacity();

  @Option(
      names = "--max-models",
      paramLabel = "N",
      description = "How many models may be loaded at once (${DEFAULT-VALUE}).")
  private int maxModels = USUAL.maxModels();

  @Option(
      names = "--keep-alive",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "How long an idle model stays loaded (30m); -1 for indefinitely.")
  private Duration keepAlive = USUAL.keepAlive();

  @Option(
      names = "--hang-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "How long a model is kept whose runtime does not return from a stopped run (20s); it"
              + " is then loaded again.")
  private Duration hangTimeout = USUAL.hangTimeout();

  @Option(
      names = "--load-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "How long the runtime may take to load a model (5m).")
  private Duration loadTimeout = USUAL.loadTimeout();

  @Option(
      names = "--lora",
      paramLabel = "FILE",
      description = "A LoRA adapter for every model. Repeatable.")
  private List<Path> loras = new ArrayList<>();

  @Option(
      names = "--prompt-cache",
      paramLabel = "FILE",
      description = "A prompt cache for every model.")
  private @Nullable Path promptCache;

  @Option(
      names = "--demo",
      description = "Add a demonstration model, and use a simulated runtime, which needs no board.")
  boolean demo;

  LoadOptions options() {
    atLeastOne("--queue", queue);
    atLeastOne("--max-models", maxModels);
    if (!loadTimeout.isPositive()) {
      throw new UsageException("--load-timeout must be positive, was " + loadTimeout);
    }
    return LoadOptions.builder()
        .library(demo && library == null ? DemoModel.library() : library)
        .isolated(isolate)
        .contextLength(ContextOption.check(context))
        .queueCapacity(queue)
        .maxModels(maxModels)
        .keepAlive(keepAlive)
        .hangTimeout(hangTimeout)
        .loadTimeout(loadTimeout)
        .loras(loras.stream().map(Path::toAbsolutePath).toList())
        .promptCache(promptCache == null ? null : promptCache.toAbsolutePath())
        .build();
  }

  private static void atLeastOne(String option, int value) {
    if (value < 1) {
      throw new UsageException(option + " must be at least 1, was " + value);
    }
  }
}
