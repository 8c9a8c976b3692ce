package io.rkllm.internal.model;

import io.rkllm.chat.ChatFormat;
import io.rkllm.event.ModelListener;
import io.rkllm.runtime.Capability;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import io.rkllm.stream.ReaderThreads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The values set on a model's builder, which has validated them. */
public final class ModelOptions {
  public final Path path;

  /** The parameters for native code. */
  public final ModelConfig.Builder config;

  /** The capabilities that these parameters require. */
  public final Set<Capability> needs = EnumSet.noneOf(Capability.class);

  public @Nullable Integer baseDomain;
  public @Nullable Integer embeddingWidth;
  public @Nullable ChatFormat chatFormat;
  public boolean promptsAsText;
  public boolean clearCacheAfterStop;
  public int queueCapacity = 64;
  public Executor executor = ReaderThreads.VIRTUAL;
  public @Nullable Duration loadTimeout;
  public Duration closeTimeout = Duration.ofSeconds(30);
  Duration stopGrace = Duration.ofSeconds(10);
  ShutdownGrace shutdownGrace = ShutdownGrace.DEFAULT;
  public final List<ModelListener> listeners = new ArrayList<>();
  public @Nullable Path library;
  public boolean captureOutput;
  public @Nullable RuntimeProvider provider;

  public ModelOptions(Path path) {
    this.path = path;
    this.config = ModelConfig.builder(path.toAbsolutePath());
  }

  /** Waits for running generations when the JVM shuts down. */
  public void waitForGenerations(Duration atMost) {
    shutdownGrace = new ShutdownGrace(atMost, false);
  }

  /** Waits for the application to close the model when the JVM shuts down. */
  public void waitForApplication(Duration atMost) {
    shutdownGrace = new ShutdownGrace(atMost, true);
  }

  /** Returns the name of the file, for threads and messages. */
  String name() {
    Path file = path.getFileName();
    return file == null ? path.toString() : file.toString();
  }

  RuntimeOptions runtimeOptions() {
    return new RuntimeOptions(library, null, captureOutput);
  }
}
