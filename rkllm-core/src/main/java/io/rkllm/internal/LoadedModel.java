package io.rkllm.internal;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.InferenceSession;
import io.rkllm.KvCache;
import io.rkllm.LoraAdapter;
import io.rkllm.ModelStats;
import io.rkllm.PromptCache;
import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.SessionOptions;
import io.rkllm.UnsupportedFeatureException;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.forward.EmbedOptions;
import io.rkllm.forward.ForwardOptions;
import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.forward.Positions;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.Input;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.RunRequest;
import io.rkllm.spi.RuntimeProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model as applications see it. */
public final class LoadedModel implements RkllmModel {
  private static final Logger LOG = LoggerFactory.getLogger("io.rkllm.RkllmModel");

  private final ModelWorker worker;
  private final @Nullable ChatFormat chatFormat;
  private final Conversations conversations;
  private final Attachments attachments;
  private final Duration closeTimeout;

  private LoadedModel(ModelWorker worker, ModelOptions options) {
    this.worker = worker;
    this.chatFormat = options.chatFormat;
    this.conversations =
        chatFormat != null ? new FormattedConversations(chatFormat) : new RuntimeTemplate(worker);
    this.attachments = new Attachments(worker, conversations);
    this.closeTimeout = options.closeTimeout;
  }

  /** Opens the runtime and loads the model. */
  public static RkllmModel load(ModelOptions options) {
    RuntimeProvider provider = options.provider != null ? options.provider : Providers.find();
    InferenceRuntime runtime = open(provider, options);
    options.needs.forEach(capability -> require(runtime.info(), capability));
    ModelWorker worker = new ModelWorker(options, runtime);
    worker.load(options.loadTimeout);
    LoadedModel model = new LoadedModel(worker, options);
    DroppedModels.watch(model, worker);
    return model;
  }

  /** A thread that is interrupted cannot read files: what fails then is told as an interrupt. */
  private static InferenceRuntime open(RuntimeProvider provider, ModelOptions options) {
    GivenUpLoad.refuseInterrupted(options.path);
    try {
      return provider.open(options.runtimeOptions());
    } catch (RkllmException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw GivenUpLoad.interrupted(options.path, e);
      }
      throw e;
    }
  }

  // ---- Generating

  @Override
  public Generation generate(Input input, GenerationOptions options) {
    Check.nonNull("input", input);
    Check.nonNull("options", options);
    refuseClosed("generate()");
    return start(input, conversations.standAlone(input), options);
  }

  @Override
  public Generation generate(Conversation conversation, GenerationOptions options) {
    Check.nonNull("conversation", conversation);
    Check.nonNull("options", options);
    refuseClosed("generate()");
    return start(conversations.standAlone(conversation), options);
  }

  @Override
  public List<Generation> generateBatch(List<? extends Input> inputs, GenerationOptions options) {
    List<Input> batch = Check.copy("inputs", inputs);
    Check.nonNull("options", options);
    refuseClosed("generateBatch()");
    if (batch.size() != worker.config().batchSize()) {
      throw new IllegalArgumentException(
          "generateBatch() takes exactly %d inputs here (RkllmModel.Builder.batchSize), was given %d"
              .formatted(worker.config().batchSize(), batch.size()));
    }
    List<Turn> members = batch.stream().map(conversations::standAlone).toList();
    Turn turn =
        model ->
            RunRequest.ofBatch(
                members.stream().map(member -> member.begin(model).input()).toList());
    return submit(batch.size(), batch, turn, generationPlan(turn, options)).answers().stream()
        .<Generation>map(ModelGeneration::new)
        .toList();
  }

  @Override
  public InferenceSession openSession(SessionOptions options) {
    Check.nonNull("options", options);
    refuseClosed("openSession()");
    refuseForBatches("sessions");
    return new ChatSession(this, conversations.open(options));
  }

  /** Starts a run of one input. */
  ModelGeneration start(Input input, Turn turn, GenerationOptions options) {
    return new ModelGeneration(startOne(input, turn, generationPlan(turn, options)));
  }

  /** Starts a run of what the turn renders. */
  ModelGeneration start(Turn turn, GenerationOptions options) {
    refuseForBatches("conversations");
    return new ModelGeneration(
        submit(1, List.of(), turn, generationPlan(turn, options)).answers().getFirst());
  }

  private Answer startOne(Input input, Turn turn, RunPlan plan) {
    refuseForBatches("single inputs");
    return submit(1, List.of(input), turn, plan).answers().getFirst();
  }

  private void refuseForBatches(String what) {
    int inputs = worker.config().batchSize();
    if (inputs > 1) {
      throw new IllegalStateException(
          "the model was loaded for batches of %d inputs and takes no %s; use generateBatch(), or load it without batchSize"
              .formatted(inputs, what));
    }
  }

  /** The inputs are those that the caller gave; what a turn renders is text and needs no look. */
  private RunTask submit(int answers, List<Input> inputs, Turn turn, RunPlan plan) {
    attachments.refuseWithoutCrossAttention();
    inputs.forEach(this::refuseUnusable);
    RunTask task = new RunTask(worker, turn, plan, answers, Leases.of(inputs));
    worker.queue().submit(task);
    return task;
  }

  private void refuseUnusable(Input input) {
    worker.embeddingWidth().check(input);
    MediaCheck.check(input, worker.config(), runtime());
  }

  private RunPlan generationPlan(Turn turn, GenerationOptions options) {
    if (options.sampling() != null) {
      require(runtime(), Capability.PER_RUN_SAMPLING);
    }
    boolean limitIsOurs =
        options.maxNewTokens() != null && !runtime().supports(Capability.PER_RUN_MAX_NEW_TOKENS);
    if (turn.keptByRuntime()) {
      if (limitIsOurs) {
        require(runtime(), Capability.PER_RUN_MAX_NEW_TOKENS);
      }
      refuseInNativeHistory("stopSequences", !options.stopSequences().isEmpty());
      refuseInNativeHistory("savePromptCache", options.savePromptCache() != null);
    }
    Path promptCacheFile = options.savePromptCache();
    return new RunPlan(
        InferenceMode.GENERATE,
        options.timeout(),
        options.sampling(),
        options.maxNewTokens(),
        limitIsOurs,
        options.stopSequences(),
        attachments.nameOf(options.lora()),
        promptCacheFile == null ? null : Check.writableFile("savePromptCache", promptCacheFile),
        null,
        0);
  }

  private static void refuseInNativeHistory(String option, boolean asked) {
    if (asked) {
      throw new IllegalArgumentException(
          option
              + " cannot be had in a session whose history the runtime keeps; load the model with a"
              + " chat format (RkllmModel.Builder.chatFormat)");
    }
  }

  // ---- Forward passes

  @Override
  public <R extends @Nullable Object> R readLogits(
      Input input, ForwardOptions options, Function<? super Logits, ? extends R> reader) {
    Check.nonNull("reader", reader);
    return forward(input, InferenceMode.LOGITS, options, ForwardReader.ofLogits(reader));
  }

  @Override
  public Logits logits(Input input, Positions positions, ForwardOptions options) {
    Check.nonNull("positions", positions);
    return readLogits(input, options, logits -> Copy.of(() -> logits.copy(positions))).orThrow();
  }

  @Override
  public <R extends @Nullable Object> R readHiddenStates(
      Input input, ForwardOptions options, Function<? super HiddenStates, ? extends R> reader) {
    Check.nonNull("reader", reader);
    return forward(
        input, InferenceMode.LAST_HIDDEN_LAYER, options, ForwardReader.ofHiddenStates(reader));
  }

  @Override
  public HiddenStates hiddenStates(Input input, Positions positions, ForwardOptions options) {
    Check.nonNull("positions", positions);
    return readHiddenStates(input, options, states -> Copy.of(() -> states.copy(positions)))
        .orThrow();
  }

  @Override
  public float[] embed(Input input, EmbedOptions options) {
    Check.nonNull("options", options);
    return readHiddenStates(input, options.forward(), states -> states.embedding(options));
  }

  /** A copy, or why it was refused: the caller's mistake, which must not fail the run. */
  private record Copy<T>(@Nullable T copy, @Nullable IllegalArgumentException refusal) {
    static <T> Copy<T> of(Supplier<T> copying) {
      try {
        return new Copy<>(copying.get(), null);
      } catch (IllegalArgumentException refusal) {
        return new Copy<>(null, refusal);
      }
    }

    T orThrow() {
      if (copy == null) {
        throw Objects.requireNonNull(refusal);
      }
      return copy;
    }
  }

  private <R extends @Nullable Object> R forward(
      Input input, InferenceMode mode, ForwardOptions options, ForwardReader<R> reader) {
    Check.nonNull("input", input);
    Check.nonNull("options", options);
    String what = mode == InferenceMode.LOGITS ? "logits" : "hidden states";
    worker.refuseOwnThread(what);
    worker.queue().refuseClosedOrPaused(what);
    conversations.refuseCacheLoss(what);
    RunPlan plan =
        RunPlan.forward(mode, options.timeout(), attachments.nameOf(options.lora()), reader);
    Turn turn =
        _ -> {
          conversations.refuseCacheLoss(what); // a session may have been opened meanwhile
          return RunRequest.of(input);
        };
    GenerationResult ended = new ModelGeneration(startOne(input, turn, plan)).await();
    if (ended.finishReason() == FinishReason.MODEL_CLOSED && !reader.wasCalled()) {
      throw new InferenceException(
          "the model was closed before the runtime gave the " + what,
          RkllmException.NO_CODE,
          "",
          null);
    }
    return reader.result();
  }

  // ---- What belongs to the model

  @Override
  public LoraAdapter loadLora(String name, Path file, double scale) {
    return attachments.loadLora(name, file, scale);
  }

  @Override
  public PromptCache loadPromptCache(Path file) {
    return attachments.loadPromptCache(file);
  }

  @Override
  public KvCache kvCache() {
    return new ModelKvCache(worker, conversations);
  }

  @Override
  public void setChatTemplate(ChatTemplate template) {
    attachments.setChatTemplate(template);
  }

  @Override
  public void setFunctionTools(FunctionTools tools) {
    attachments.setFunctionTools(tools);
  }

  @Override
  public void setCrossAttention(CrossAttention crossAttention) {
    Check.nonNull("crossAttention", crossAttention);
    if (!worker.config().crossAttention()) {
      throw new IllegalStateException(
          "the model was loaded without cross-attention; load it with"
              + " RkllmModel.Builder.crossAttention()");
    }
    attachments.setCrossAttention(crossAttention);
  }

  @Override
  public RuntimeInfo runtime() {
    return worker.runtime().info();
  }

  @Override
  public Optional<ChatFormat> chatFormat() {
    return Optional.ofNullable(chatFormat);
  }

  @Override
  public ModelStats stats() {
    return worker.stats().get();
  }

  @Override
  public int contextLength() {
    return worker.contextLength();
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

  private static void require(RuntimeInfo info, Capability capability) {
    if (!info.supports(capability)) {
      throw new UnsupportedFeatureException(capability, info.release());
    }
  }

  void refuseClosed(String call) {
    UserCallback.refuseInside(call);
    if (!worker.isOpen()) {
      throw worker.closed();
    }
  }
}
