package io.rkllm.test;

import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.DoctorReport;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;

/**
 * A runtime in pure Java whose models answer according to scripts. Pass it to {@code
 * RkllmModel.Builder.runtime}. Thread-safe.
 *
 * <p>It implements the contract of the SPI: tokens are reported on the model's thread, an abort
 * takes effect between tokens, and exceptions of an observer are passed to {@code
 * onCallbackFailure}. It also checks the SDK: a call on the wrong thread, during a run or after
 * destroy throws {@link AssertionError}.
 */
public final class ScriptedRuntime implements RuntimeProvider, InferenceRuntime {
  private final Function<RunRequest, Script> script;
  private final Set<Capability> capabilities;
  private final Queue<RunRequest> requests = new ConcurrentLinkedQueue<>();
  private final Queue<ModelConfig> configs = new ConcurrentLinkedQueue<>();
  private final Queue<String> calls = new ConcurrentLinkedQueue<>();
  private volatile Function<RunRequest, float[][]> rows =
      request -> new float[][] {{0, 0, 0, 0, 0, 0, 0, 1}};
  private volatile ToIntFunction<RunRequest> promptTokens = request -> 0;
  private volatile UnaryOperator<int[]> cacheSizes = UnaryOperator.identity();
  private volatile IntUnaryOperator contextLength = IntUnaryOperator.identity();
  private volatile int callCode;
  private volatile Runnable duringCalls = () -> {};
  private volatile Runnable beforePauses = () -> {};
  private final AtomicInteger openModels = new AtomicInteger();
  private final AtomicInteger aborts = new AtomicInteger();
  private final AtomicInteger clears = new AtomicInteger();

  private ScriptedRuntime(Function<RunRequest, Script> script, Set<Capability> capabilities) {
    this.script = script;
    this.capabilities = capabilities;
  }

  /** Returns a runtime that performs each run according to the script returned by the function. */
  public static ScriptedRuntime of(Function<RunRequest, Script> script) {
    return new ScriptedRuntime(script, EnumSet.allOf(Capability.class));
  }

  /**
   * Returns a runtime that answers each prompt according to the script that the function returns
   * for its text.
   */
  public static ScriptedRuntime answering(Function<String, Script> script) {
    return of(request -> script.apply(promptOf(request)));
  }

  /** Returns a copy of this runtime with only the given capabilities. */
  public ScriptedRuntime withCapabilities(Set<Capability> capabilities) {
    return new ScriptedRuntime(script, Set.copyOf(capabilities));
  }

  /** Returns the text of a request's prompt. */
  public static String promptOf(RunRequest request) {
    return switch (request.input()) {
      case TextPrompt prompt -> prompt.text();
      case RawPrompt prompt -> prompt.text();
      case MultimodalPrompt prompt -> prompt.text();
      case TokenPrompt prompt -> Arrays.toString(prompt.ids());
      case EmbeddingPrompt prompt -> prompt.toString();
    };
  }

  /**
   * Sets the rows returned by forward passes; by default one row of eight numbers. If there are no
   * rows, nothing is delivered.
   */
  public ScriptedRuntime withRows(Function<RunRequest, float[][]> rows) {
    this.rows = rows;
    return this;
  }

  /** Sets the number of tokens that a run's prompt occupies in the KV cache; 0 by default. */
  public ScriptedRuntime withPromptTokens(ToIntFunction<RunRequest> tokens) {
    promptTokens = tokens;
    return this;
  }

  /** Sets the sizes reported for the KV caches, in place of the actual ones. */
  public ScriptedRuntime withCacheSizes(UnaryOperator<int[]> sizes) {
    cacheSizes = sizes;
    return this;
  }

  /** Sets the reported context length, in place of the requested one. */
  public ScriptedRuntime withContextLength(int tokens) {
    contextLength = asked -> tokens;
    return this;
  }

  /** Sets the return code of calls other than runs and clears. */
  public ScriptedRuntime returning(int code) {
    callCode = code;
    return this;
  }

  /** Sets an action that is performed in the middle of each call other than runs and clears. */
  public ScriptedRuntime duringCalls(Runnable action) {
    duringCalls = action;
    return this;
  }

  /** Sets an action that is performed when a run has been asked to pause and is about to return. */
  public ScriptedRuntime beforePauses(Runnable action) {
    beforePauses = action;
    return this;
  }

  /** Returns all calls so far other than runs and clears, in order. */
  public List<String> calls() {
    return List.copyOf(calls);
  }

  /** Returns the requests of all runs so far, in order. */
  public List<RunRequest> requests() {
    return List.copyOf(requests);
  }

  /** Returns the configurations of all models loaded so far, in order. */
  public List<ModelConfig> configs() {
    return List.copyOf(configs);
  }

  /** Returns the number of models that are loaded and not destroyed. */
  public int openModels() {
    return openModels.get();
  }

  /** Returns the number of aborts so far. */
  public int aborts() {
    return aborts.get();
  }

  /** Returns the number of times that a KV cache was cleared. */
  public int clears() {
    return clears.get();
  }

  @Override
  public String name() {
    return "scripted";
  }

  @Override
  public InferenceRuntime open(RuntimeOptions options) {
    return this;
  }

  @Override
  public DoctorReport diagnose(RuntimeOptions options) {
    return new DoctorReport(
        List.of(
            new DoctorReport.Finding(
                "runtime", DoctorReport.Status.INFO, "scripted, in pure Java")),
        true);
  }

  @Override
  public RuntimeInfo info() {
    return new RuntimeInfo("scripted", true, "none", null, true, capabilities);
  }

  @Override
  public NativeModel load(ModelConfig config) {
    configs.add(config);
    openModels.incrementAndGet();
    return new ScriptedModel(this, config);
  }

  @Override
  public void exitProcess(int status) {
    Runtime.getRuntime().halt(status);
  }

  Script scriptFor(RunRequest request) {
    record(request);
    return answerTo(request);
  }

  Script answerTo(RunRequest request) {
    return script.apply(request);
  }

  float[][] rowsFor(RunRequest request) {
    record(request);
    return rows.apply(request);
  }

  void record(RunRequest request) {
    requests.add(request);
  }

  int promptTokens(RunRequest request) {
    return promptTokens.applyAsInt(request);
  }

  int[] cacheSizes(int[] sizes) {
    return cacheSizes.apply(sizes);
  }

  int contextLength(int asked) {
    return contextLength.applyAsInt(asked);
  }

  int called(String call) {
    calls.add(call);
    duringCalls.run();
    return callCode;
  }

  void pausing() {
    beforePauses.run();
  }

  void aborted() {
    aborts.incrementAndGet();
  }

  void cleared() {
    clears.incrementAndGet();
  }

  void destroyed() {
    openModels.decrementAndGet();
  }
}
