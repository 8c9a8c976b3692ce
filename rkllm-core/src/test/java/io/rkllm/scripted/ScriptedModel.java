package io.rkllm.scripted;

import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunRequest;

/** One model of a {@link ScriptedRuntime}. */
final class ScriptedModel implements NativeModel {
  private static final int DEFAULT_CONTEXT = 4096;

  private final ScriptedRuntime runtime;
  private final ModelConfig config;
  private final Thread owner = Thread.currentThread();
  private boolean destroyed;
  private volatile boolean running;
  private volatile boolean
      abortRequested; // stays when no run is under way, as it may in the vendor's library
  private int cached;

  ScriptedModel(ScriptedRuntime runtime, ModelConfig config) {
    this.runtime = runtime;
    this.config = config;
  }

  @Override
  public int run(RunRequest request, RunObserver observer) {
    check();
    running = true;
    try {
      Script script = runtime.scriptFor(request);
      int limit = request.maxNewTokens() != null ? request.maxNewTokens() : maxNewTokens();
      int tokens = 0;
      for (Script.Step step : script.steps()) {
        boolean over = abortRequested || (limit >= 0 && tokens >= limit);
        if (step instanceof Script.TokenStep && over) {
          break;
        }
        if (step instanceof Script.TokenStep) {
          tokens++;
        }
        perform(step, observer);
      }
      cached = tokens;
      return script.returnCode();
    } finally {
      running = false;
      abortRequested = false;
    }
  }

  private static void perform(Script.Step step, RunObserver observer) {
    try {
      switch (step) {
        case Script.TokenStep token ->
            observer.onToken(token.id, token.utf8.clone(), token.utf8.length);
        case Script.FinishStep finish -> observer.onFinish(finish.performance());
        case Script.ErrorStep error -> observer.onError(error.message());
        case Script.ActionStep action -> action.action().run();
      }
    } catch (Throwable thrown) {
      observer.onFault(thrown);
    }
  }

  @Override
  public void abort() {
    runtime.aborted();
    abortRequested = true;
  }

  @Override
  public int clearKvCache(boolean keepSystemPrompt) {
    check();
    runtime.cleared();
    cached = 0;
    return 0;
  }

  @Override
  public int[] kvCacheSizes() {
    check();
    return new int[] {cached};
  }

  @Override
  public int setChatTemplate(String systemPrompt, String prefix, String postfix) {
    check();
    return 0;
  }

  @Override
  public int contextLength() {
    return config.contextLength() != null ? config.contextLength() : DEFAULT_CONTEXT;
  }

  @Override
  public int maxNewTokens() {
    return config.maxNewTokens() != null ? config.maxNewTokens() : -1;
  }

  @Override
  public void destroy() {
    check();
    destroyed = true;
    runtime.destroyed();
  }

  private void check() {
    if (!Thread.currentThread().equals(owner)) {
      throw new AssertionError(
          "called on " + Thread.currentThread() + ", not on the model's thread");
    }
    if (running) {
      throw new AssertionError("called during a run");
    }
    if (destroyed) {
      throw new AssertionError("called after destroy");
    }
  }
}
