package io.rkllm.test;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.FunctionTools;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A model of a {@link ScriptedRuntime}. */
final class ScriptedModel implements NativeModel {
  private static final int DEFAULT_CONTEXT = 4096;

  private final ScriptedRuntime runtime;
  private final ModelConfig config;
  private final Thread owner = Thread.currentThread();
  private final int[] cached;
  private Script pausedRest = Script.of();
  private boolean paused;
  private boolean destroyed;
  private volatile boolean running;
  private volatile boolean
      abortRequested; // remains set if no run is in progress, as it may in the vendor's library

  ScriptedModel(ScriptedRuntime runtime, ModelConfig config) {
    this.runtime = runtime;
    this.config = config;
    this.cached = new int[config.batchSize()];
  }

  @Override
  public int run(RunRequest request, RunObserver observer) {
    check();
    running = true;
    boolean resumes = paused;
    paused = false;
    try {
      if (request.inputs().isEmpty() && !resumes) {
        throw new AssertionError("resumed, but no run is paused");
      }
      askUserFunctions(request, observer);
      if (request.mode() != InferenceMode.GENERATE) {
        return forward(request, observer);
      }
      return request.inputs().size() > 1
          ? batch(request, observer)
          : generate(request, observer, resumes);
    } finally {
      running = false;
      abortRequested = false;
    }
  }

  /** Calls the tokenizer and the embedding lookup, as a model without its own does. */
  private void askUserFunctions(RunRequest request, RunObserver observer) {
    try {
      int[] tokens = {0};
      if (config.tokenizer() != null) {
        tokens = config.tokenizer().encode(ScriptedRuntime.promptOf(request));
      }
      if (config.embeddingLookup() != null) {
        config.embeddingLookup().embed(tokens, FloatBuffer.allocate(tokens.length * 8));
      }
    } catch (Throwable thrown) {
      observer.onCallbackFailure(thrown);
    }
  }

  // ---- One input

  private int generate(RunRequest request, RunObserver observer, boolean resumes) {
    Script script;
    if (request.inputs().isEmpty()) {
      runtime.record(request);
      script = pausedRest;
    } else {
      script = runtime.scriptFor(request);
    }
    if (!resumes) {
      cached[0] = 0;
    }
    if (!request.inputs().isEmpty()) {
      cached[0] += runtime.promptTokens(request);
    }
    pausedRest = Script.of();
    int limit = request.maxNewTokens() != null ? request.maxNewTokens() : maxNewTokens();
    int tokens = 0;
    List<Script.Step> steps = script.steps();
    for (int i = 0; i < steps.size(); i++) {
      Script.Step step = steps.get(i);
      boolean over = abortRequested || (limit >= 0 && tokens >= limit);
      if (step instanceof Script.TokenStep && over) {
        finish(List.of(script.from(i)), observer);
        return 0; // ended before it could fail
      }
      if (step instanceof Script.TokenStep token) {
        tokens++;
        cache(0, token);
      }
      if (!perform(0, step, observer)) {
        pausedRest = script.from(i + 1);
        paused = true;
        runtime.pausing();
        return 0;
      }
    }
    if (script.returnCode() == 0 && !script.hasEnding()) {
      finish(List.of(script), observer);
    }
    return script.returnCode();
  }

  private void cache(int member, Script.TokenStep token) {
    if (token.kind != Script.Kind.STOP) {
      cached[member]++;
    }
  }

  /** Reports the end of the run, with the measurements that the script would have reported. */
  private static void finish(List<Script> rests, RunObserver observer) {
    Script.Step figures = new Script.FinishStep(RunPerformance.NONE);
    for (Script rest : rests) {
      if (!rest.finishes()) {
        return;
      }
      for (Script.Step step : rest.steps()) {
        figures = step instanceof Script.FinishStep ? step : figures;
      }
    }
    perform(0, figures, observer);
  }

  // ---- A batch: one token of each member in turn

  private int batch(RunRequest request, RunObserver observer) {
    runtime.record(request);
    List<Script> scripts =
        request.inputs().stream().map(input -> runtime.answerTo(RunRequest.of(input))).toList();
    int limit = request.maxNewTokens() != null ? request.maxNewTokens() : maxNewTokens();
    boolean[] ended = new boolean[scripts.size()];
    for (int member = 0; member < cached.length; member++) {
      cached[member] = runtime.promptTokens(RunRequest.of(request.inputs().get(member)));
    }
    int[] before = cached.clone();
    for (int at = 0; !abortRequested && anyRunning(ended); at++) {
      for (int member = 0; member < scripts.size(); member++) {
        if (!ended[member]) {
          Script script = scripts.get(member);
          ended[member] =
              at >= script.steps().size()
                  || !step(member, script, at, observer, limit, before[member]);
          if (ended[member] && script.returnCode() != 0) {
            return script.returnCode(); // fails the whole run
          }
          if (ended[member] && script.finishes()) {
            observer.onMemberEnd(member);
          }
        }
      }
    }
    if (scripts.stream().noneMatch(Script::hasEnding)) {
      finish(scripts, observer);
    }
    return 0;
  }

  /** Performs a step. Returns whether the member's limit allows it to continue. */
  private boolean step(
      int member, Script script, int at, RunObserver observer, int limit, int before) {
    Script.Step step = script.steps().get(at);
    if (step instanceof Script.TokenStep token) {
      if (limit >= 0 && cached[member] - before >= limit) {
        return false;
      }
      cache(member, token);
    }
    perform(member, step, observer);
    return true;
  }

  private static boolean anyRunning(boolean[] ended) {
    for (boolean each : ended) {
      if (!each) {
        return true;
      }
    }
    return false;
  }

  // ---- Forward passes, whose memory is freed afterwards

  private int forward(RunRequest request, RunObserver observer) {
    float[][] rows = runtime.rowsFor(request);
    pausedRest = Script.of();
    if (rows.length == 0) {
      return 0; // a model without such an output
    }
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
      observer.onCallbackFailure(thrown);
    }
    return 0;
  }

  /** Performs a step. Returns whether the run continues. */
  private static boolean perform(int member, Script.Step step, RunObserver observer) {
    try {
      switch (step) {
        case Script.TokenStep token -> {
          byte[] utf8 = token.utf8.clone();
          return token.kind == Script.Kind.PARTIAL
              ? observer.onPartialToken(member, token.id, utf8, utf8.length)
              : observer.onToken(member, token.id, utf8, utf8.length);
        }
        case Script.FinishStep finish -> observer.onFinish(finish.performance());
        case Script.ErrorStep error -> observer.onError(error.message());
        case Script.ActionStep action -> action.action().run();
      }
    } catch (Throwable thrown) {
      observer.onCallbackFailure(thrown);
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
    pausedRest = Script.of();
    paused = false;
    Arrays.fill(cached, 0);
    return 0;
  }

  @Override
  public int clearKvCache(int[] from, int[] to) {
    check();
    if (!paused) {
      throw new AssertionError("a range was cleared, but no run is paused");
    }
    for (int i = 0; i < cached.length; i++) {
      if (from[i] < 0 || from[i] >= to[i] || to[i] > cached[i]) {
        throw new AssertionError("not a range of the cache: " + from[i] + ", " + to[i]);
      }
      cached[i] -= to[i] - from[i];
    }
    return runtime.called("clearKvCache " + Arrays.toString(from) + " " + Arrays.toString(to));
  }

  @Override
  public int[] kvCacheSizes() {
    check();
    return runtime.cacheSizes(cached.clone());
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
    return runtime.contextLength(
        config.contextLength() != null ? config.contextLength() : DEFAULT_CONTEXT);
  }

  @Override
  public int maxNewTokens() {
    return config.maxNewTokens() != null ? config.maxNewTokens() : contextLength();
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
