package io.rkllm.internal;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.InferenceSession;
import io.rkllm.RkllmModel;
import io.rkllm.SessionOptions;
import io.rkllm.UnsupportedFeatureException;
import io.rkllm.input.Input;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.RuntimeProvider;
import java.lang.ref.Cleaner;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model as applications see it. */
public final class LoadedModel implements RkllmModel {
  private static final Logger LOG = LoggerFactory.getLogger("io.rkllm.RkllmModel");
  private static final Cleaner CLEANER = Cleaner.create();

  private final ModelWorker worker;
  private final Conversations conversations;
  private final Duration closeTimeout;

  private LoadedModel(ModelWorker worker, Conversations conversations, Duration closeTimeout) {
    this.worker = worker;
    this.conversations = conversations;
    this.closeTimeout = closeTimeout;
  }

  /** Opens the runtime and loads the model. */
  public static RkllmModel load(ModelOptions options) {
    RuntimeProvider provider = options.provider != null ? options.provider : Providers.find();
    InferenceRuntime runtime = provider.open(options.runtimeOptions());
    ModelWorker worker = new ModelWorker(options, runtime);
    worker.load();
    Conversations conversations =
        options.chatFormat != null
            ? new FormattedConversations(options.chatFormat)
            : new RuntimeTemplate();
    LoadedModel model = new LoadedModel(worker, conversations, options.closeTimeout);
    CLEANER.register(model, new LeakReport(worker));
    return model;
  }

  @Override
  public Generation generate(Input input, GenerationOptions options) {
    Check.nonNull("input", input);
    Check.nonNull("options", options);
    refuseClosed();
    return start(conversations.standAlone(input, options), options);
  }

  @Override
  public InferenceSession openSession(SessionOptions options) {
    Check.nonNull("options", options);
    refuseClosed();
    return new ChatSession(this, conversations.open(options));
  }

  ModelGeneration start(Turn turn, GenerationOptions options) {
    if (options.sampling() != null) {
      require(Capability.PER_RUN_SAMPLING);
    }
    if (options.maxNewTokens() != null) {
      require(Capability.PER_RUN_MAX_NEW_TOKENS);
    }
    GenerationTask task = new GenerationTask(worker, turn, options.timeout());
    worker.submit(task);
    return new ModelGeneration(task);
  }

  @Override
  public RuntimeInfo runtime() {
    return worker.runtime().info();
  }

  @Override
  public int contextLength() {
    return worker.model().contextLength();
  }

  @Override
  public void close() {
    worker.refuseOwnThread("close()");
    boolean wasOpen = worker.isOpen();
    worker.beginClose();
    if (!worker.awaitClosed(closeTimeout) && wasOpen) {
      LOG.error(
          "{}: native code has not returned {} after close(); its memory is left alone and leaks."
              + " End the process when you can.",
          worker.name(),
          closeTimeout);
    }
  }

  private void require(Capability capability) {
    RuntimeInfo info = runtime();
    if (!info.supports(capability)) {
      throw new UnsupportedFeatureException(capability, info.release());
    }
  }

  void refuseClosed() {
    if (!worker.isOpen()) {
      throw worker.closed();
    }
  }

  /** Runs when the model has become unreachable; must not hold on to it. */
  private record LeakReport(ModelWorker worker) implements Runnable {
    @Override
    public void run() {
      if (worker.isOpen()) {
        LOG.warn(
            "{} was dropped without close(); its native memory stays in use until the JVM ends",
            worker.name());
      }
    }
  }
}
