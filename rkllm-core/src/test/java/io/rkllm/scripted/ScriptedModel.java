package io.rkllm.scripted;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.FunctionTools;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One model of a {@link ScriptedRuntime}. */
final class ScriptedModel implements NativeModel {
  private static final int DEFAULT_CONTEXT = 4096;

  private final ScriptedRuntime runtime;
  private final ModelConfig config;
  private final Thread owner = Thread.currentThread();
  private final int[] cached;
  private final List<Script.Step> pausedSteps = new ArrayList<>();
  private boolean destroyed;
  private volatile boolean running;
  private volatile boolean
      abortRequested; // stays when no run is under way, as it may in the vendor's library

  ScriptedModel(ScriptedRuntime runtime, ModelConfig config) {
    this.runtime = runtime;
    this.config = config;
    this.cached = new int[config.batchSize()];
  }

  @Override
  public int run(RunRequest request, RunObserver observer) {
    check();
    running = true;
    try {
      if (request.mode() != InferenceMode.GENERATE) {
        return forward(request, observer);
      }
      return request.inputs().size() > 1 ? batch(request, observer) : generate(request, observer);
    } finally {
      running = false;
      abortRequested = false;
    }
  }

  // ---- One input

  private int generate(RunRequest request, RunObserver observer) {
    Script script;
    if (request.inputs().isEmpty()) {
      runtime.record(request);
      script = new Script(List.copyOf(pausedSteps), 0);
    } else {
      script = runtime.scriptFor(request);
    }
    pausedSteps.clear();
    int limit = request.maxNewTokens() != null ? request.maxNewTokens() : maxNewTokens();
    int tokens = 0;
    List<Script.Step> steps = script.steps();
    for (int i = 0; i < steps.size(); i++) {
      Script.Step step = steps.get(i);
      boolean over = abortRequested || (limit >= 0 && tokens >= limit);
      if (step instanceof Script.TokenStep && over) {
        break;
      }
      if (step instanceof Script.TokenStep) {
        tokens++;
      }
      if (!perform(0, step, observer)) {
        pausedSteps.addAll(steps.subList(i + 1, steps.size()));
        break;
      }
    }
    cached[0] = tokens;
    return script.returnCode();
  }

  // ---- A batch: a token of each member in turn

  private int batch(RunRequest request, RunObserver observer) {
    List<Script> scripts =
        request.inputs().stream().map(input -> runtime.scriptFor(RunRequest.of(input))).toList();
    int code = 0;
    Arrays.fill(cached, 0);
    for (int at = 0; anyHas(scripts, at) && !abortRequested && code == 0; at++) {
      for (int member = 0; member < scripts.size(); member++) {
        List<Script.Step> steps = scripts.get(member).steps();
        if (at < steps.size()) {
          perform(member, steps.get(at), observer);
          cached[member]++;
          if (at + 1 == steps.size()) {
            code = scripts.get(member).returnCode();
            observer.onMemberEnd(member);
          }
        }
      }
    }
    return code;
  }

  private static boolean anyHas(List<Script> scripts, int at) {
    return scripts.stream().anyMatch(script -> at < script.steps().size());
  }

  // ---- Forward passes: memory that is gone afterwards

  private int forward(RunRequest request, RunObserver observer) {
    float[][] rows = runtime.rowsFor(request);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate((long) rows.length * rows[0].length * Float.BYTES);
      for (int i = 0; i < rows.length; i++) {
        MemorySegment.copy(
            MemorySegment.ofArray(rows[i]),
            0,
            memory,
            (long) i * rows[0].length * Float.BYTES,
            (long) rows[0].length * Float.BYTES);
      }
      if (request.mode() == InferenceMode.LOGITS) {
        observer.onLogits(0, new Logits(memory, rows.length, rows[0].length));
      } else {
        observer.onHiddenStates(0, new HiddenStates(memory, rows.length, rows[0].length));
      }
    } catch (Throwable thrown) {
      observer.onFault(thrown);
    }
    return 0;
  }

  /** Whether the run goes on. */
  private static boolean perform(int member, Script.Step step, RunObserver observer) {
    try {
      switch (step) {
        case Script.TokenStep token -> {
          return observer.onToken(member, token.id, token.utf8.clone(), token.utf8.length);
        }
        case Script.FinishStep finish -> observer.onFinish(finish.performance());
        case Script.ErrorStep error -> observer.onError(error.message());
        case Script.ActionStep action -> action.action().run();
      }
    } catch (Throwable thrown) {
      observer.onFault(thrown);
    }
    return true;
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
    pausedSteps.clear();
    Arrays.fill(cached, 0);
    return 0;
  }

  @Override
  public int clearKvCache(int[] from, int[] to) {
    check();
    for (int i = 0; i < cached.length; i++) {
      cached[i] -= to[i] - from[i];
    }
    return 0;
  }

  @Override
  public int[] kvCacheSizes() {
    check();
    return cached.clone();
  }

  @Override
  public int loadLora(String name, Path file, float scale) {
    return call("loadLora " + name + " " + scale);
  }

  @Override
  public int loadPromptCache(Path file) {
    return call("loadPromptCache");
  }

  @Override
  public int releasePromptCache() {
    return call("releasePromptCache");
  }

  @Override
  public int setChatTemplate(ChatTemplate template) {
    return call("setChatTemplate " + template);
  }

  @Override
  public int setFunctionTools(FunctionTools tools) {
    return call("setFunctionTools " + tools.toolsJson());
  }

  @Override
  public int setCrossAttention(CrossAttention crossAttention) {
    return call("setCrossAttention " + crossAttention.tokens());
  }

  private int call(String call) {
    check();
    return runtime.called(call);
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
