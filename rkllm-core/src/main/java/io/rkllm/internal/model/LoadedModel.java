package io.rkllm.internal.model;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.InferenceSession;
import io.rkllm.KvCache;
import io.rkllm.LoraAdapter;
import io.rkllm.ModelStats;
import io.rkllm.PromptCache;
import io.rkllm.RkllmModel;
import io.rkllm.SessionOptions;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.file.ModelFile;
import io.rkllm.forward.EmbedOptions;
import io.rkllm.forward.ForwardOptions;
import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.forward.Positions;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.Input;
import io.rkllm.internal.check.Check;
import io.rkllm.internal.handle.FileTokenizer;
import io.rkllm.internal.run.ModelParts;
import io.rkllm.internal.run.Turn;
import io.rkllm.internal.session.ChatSession;
import io.rkllm.internal.session.Conversations;
import io.rkllm.internal.session.FormattedConversations;
import io.rkllm.internal.session.RuntimeTemplate;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.RunRequest;
import io.rkllm.spi.RuntimeProvider;
import io.rkllm.tokenizer.ModelTokenizer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The model API of applications. */
public final class LoadedModel implements RkllmModel {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);

  private final ModelWorker worker;
  private final ModelParts parts;
  private final @Nullable ChatFormat chatFormat;
  private final Conversations conversations;
  private final Attachments attachments;
  private final Runs runs;
  private final ForwardPasses forwardPasses;
  private final Duration closeTimeout;

  private LoadedModel(ModelWorker worker, ModelOptions options) {
    this.worker = worker;
    this.parts = worker.parts();
    this.chatFormat = options.chatFormat;
    this.conversations =
        chatFormat != null
            ? new FormattedConversations(chatFormat, promptTokenizer(options))
            : new RuntimeTemplate(parts.handle(), promptTokenizer(options));
    this.attachments = new Attachments(parts.handle(), parts.queue(), conversations);
    this.runs = new Runs(parts, attachments);
    this.forwardPasses = new ForwardPasses(parts, runs, attachments, conversations);
    this.closeTimeout = options.closeTimeout;
  }

  /**
   * Returns the tokenizer that converts prompts, unless the application wants them passed as text.
   */
  private FileTokenizer promptTokenizer(ModelOptions options) {
    boolean asText = options.promptsAsText || parts.handle().config().tokenizer() != null;
    return asText ? FileTokenizer.NONE : parts.handle().tokenizer();
  }

  /** Opens the runtime and loads the model, both on the model's thread. */
  public static RkllmModel load(ModelOptions options) {
    RuntimeProvider provider = options.provider != null ? options.provider : Providers.find();
    ModelWorker worker = new ModelWorker(options, provider);
    worker.load(options.loadTimeout);
    try {
      LoadedModel model = new LoadedModel(worker, options);
      worker.parts().threads().watchDropped(model, worker::warnDropped);
      return model;
    } catch (Throwable thrown) { // the heap may be full; nothing else could close the model
      worker.beginClose();
      throw thrown;
    }
  }

  // ---- Generating

  @Override
  public Generation generate(Input input, GenerationOptions options) {
    Check.nonNull("input", input);
    Check.nonNull("options", options);
    runs.refuseClosed("generate()");
    return runs.start(input, conversations.standalone(input), options);
  }

  @Override
  public Generation generate(Conversation conversation, GenerationOptions options) {
    Check.nonNull("conversation", conversation);
    Check.nonNull("options", options);
    runs.refuseClosed("generate()");
    return runs.start(conversations.standalone(conversation), options);
  }

  @Override
  public List<Generation> generateBatch(List<? extends Input> inputs, GenerationOptions options) {
    List<Input> batch = Check.copy("inputs", inputs);
    Check.nonNull("options", options);
    runs.refuseClosed("generateBatch()");
    if (batch.size() != parts.handle().config().batchSize()) {
      throw new IllegalArgumentException(
          "generateBatch() requires exactly %d inputs (RkllmModel.Builder.batchSize), was given %d"
              .formatted(parts.handle().config().batchSize(), batch.size()));
    }
    List<Turn> members = batch.stream().map(conversations::standalone).toList();
    Turn turn =
        model ->
            RunRequest.ofBatch(
                members.stream().map(member -> member.begin(model).input()).toList());
    return List.copyOf(runs.startBatch(batch, turn, options));
  }

  @Override
  public InferenceSession openSession(SessionOptions options) {
    Check.nonNull("options", options);
    runs.refuseClosed("openSession()");
    runs.refuseForBatches("sessions");
    return new ChatSession(runs, conversations.open(options));
  }

  // ---- Forward passes

  @Override
  public <R extends @Nullable Object> R readLogits(
      Input input, ForwardOptions options, Function<? super Logits, ? extends R> reader) {
    return forwardPasses.readLogits(input, options, reader);
  }

  @Override
  public Logits logits(Input input, Positions positions, ForwardOptions options) {
    return forwardPasses.logits(input, positions, options);
  }

  @Override
  public <R extends @Nullable Object> R readHiddenStates(
      Input input, ForwardOptions options, Function<? super HiddenStates, ? extends R> reader) {
    return forwardPasses.readHiddenStates(input, options, reader);
  }

  @Override
  public HiddenStates hiddenStates(Input input, Positions positions, ForwardOptions options) {
    return forwardPasses.hiddenStates(input, positions, options);
  }

  @Override
  public float[] embed(Input input, EmbedOptions options) {
    Check.nonNull("options", options);
    return forwardPasses.readHiddenStates(
        input, options.forward(), states -> states.embedding(options));
  }

  // ---- What the model's file says

  @Override
  public Optional<ModelFile> file() {
    return worker.facts().file();
  }

  @Override
  public Optional<ModelTokenizer> tokenizer() {
    return parts.handle().tokenizer().read();
  }

  @Override
  public OptionalInt countTokens(Conversation conversation) {
    Check.nonNull("conversation", conversation);
    return conversations.countTokens(conversation, parts.handle().tokenizer().read());
  }

  // ---- Attachments and properties of the model

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
    return new ModelKvCache(parts, conversations);
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
    if (!parts.handle().config().crossAttention()) {
      throw new IllegalStateException(
          "the model was loaded without cross-attention; load it with"
              + " RkllmModel.Builder.crossAttention()");
    }
    attachments.setCrossAttention(crossAttention);
  }

  @Override
  public RuntimeInfo runtime() {
    return parts.handle().runtime().info();
  }

  @Override
  public Optional<ChatFormat> chatFormat() {
    return Optional.ofNullable(chatFormat);
  }

  @Override
  public ModelStats stats() {
    return parts.events().stats();
  }

  @Override
  public boolean isUnresponsive() {
    return parts.gate().isOverdue();
  }

  @Override
  public int contextLength() {
    return parts.handle().contextLength();
  }

  @Override
  public void close() {
    parts.threads().refuseOwnThread("close()");
    boolean wasOpen = parts.queue().isOpen();
    worker.beginClose();
    if (!worker.awaitClosed(closeTimeout) && wasOpen) {
      LOG.error(
          "{}: native code has not returned within {} of close(); its memory is not freed. Restart"
              + " the process when possible.",
          parts.handle().name(),
          closeTimeout);
    }
  }

  /**
   * Returns a string such as {@code RkllmModel[qwen3.rkllm, open, context 4096 tokens, runtime
   * 1.3.1]}.
   */
  @Override
  public String toString() {
    return "RkllmModel[%s, %s, context %d tokens, runtime %s]"
        .formatted(
            parts.handle().name(),
            parts.queue().isOpen() ? "open" : "closed",
            contextLength(),
            runtime().release());
  }
}
