package io.rkllm.examples.server.chat;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.LoraAdapter;
import io.rkllm.RkllmException;
import io.rkllm.Sampling;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.examples.server.model.ModelLease;
import io.rkllm.examples.server.model.ModelPool;
import io.rkllm.examples.server.model.PromptRenderer;
import io.rkllm.examples.server.model.RenderedPrompt;
import io.rkllm.examples.server.model.ServedModel;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.forward.EmbedOptions;
import io.rkllm.runtime.Capability;
import io.rkllm.tools.AnswerSchema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Answers requests with the models that they name. Thread-safe. */
public final class Engine {
  private final ModelPool pool;
  private final Duration timeout;
  private final Metrics metrics;

  /**
   * Creates an engine over the models of a pool.
   *
   * @param timeout the maximum time for a generation, including the time in the queue
   */
  public Engine(ModelPool pool, Duration timeout) {
    this.pool = pool;
    this.timeout = timeout;
    this.metrics = new Metrics(pool);
  }

  /** Returns the metrics. */
  public Metrics metrics() {
    return metrics;
  }

  /** Returns the models. */
  public ModelPool pool() {
    return pool;
  }

  /**
   * Loads a model unless it is in memory. Blocks until it is loaded, the timeout of a generation
   * has elapsed, or the thread is interrupted.
   *
   * @throws RuntimeException as {@link ModelPool#lease}
   */
  public void load(String model, @Nullable Duration keepAlive) {
    pool.lease(model, keepAlive, timeout).close();
  }

  /**
   * Begins to answer a conversation. Blocks while the model is loaded, but not while the answer is
   * in the model's queue.
   *
   * @throws io.rkllm.examples.server.store.UnknownModelException if there is no such model
   * @throws PromptTooLongException if the prompt is known to exceed the context
   * @throws io.rkllm.ModelBusyException if the model's queue is full
   * @throws io.rkllm.RkllmException if the model cannot be loaded
   * @throws io.rkllm.examples.server.model.ModelWaitException if loading the model exceeds the
   *     timeout of a generation, or the thread is interrupted
   * @throws IllegalArgumentException if the model does not support the conversation
   */
  public ChatAnswer answer(ChatRequest request) {
    return begin(
        "chat",
        request.model(),
        request.settings().keepAlive(),
        (lease, deadline) -> {
          Conversation conversation = conversation(request, lease.model());
          AnswerSchema schema = request.schema();
          if (schema != null) {
            conversation = schema.asking(conversation);
          }
          PromptRenderer renderer = lease.model().renderer();
          RenderedPrompt prompt = renderer.conversation(conversation, request.start());
          if (request.truncate() && isTooLong(prompt, lease.model())) {
            conversation =
                TruncatedConversation.of(
                    conversation,
                    lease.model().model().contextLength(),
                    shorter -> renderer.conversation(shorter, request.start()).tokens().orElse(0));
            prompt = renderer.conversation(conversation, request.start());
          }
          checkLength(prompt, lease.model());
          GenerationOptions options = options(request.settings(), lease, deadline);
          Set<String> ignored = ignored(request.settings(), lease.model());
          return schema == null
              ? running(lease, prompt, options, ignored)
              : new StructuredAnswer(lease, conversation, schema, options, ignored, prompt);
        });
  }

  /** Begins to continue a text, as {@link #answer} does for a conversation. */
  public ChatAnswer complete(CompletionRequest request) {
    return begin(
        "text_completion",
        request.model(),
        request.settings().keepAlive(),
        (lease, deadline) -> {
          RenderedPrompt prompt = lease.model().renderer().raw(request.prompt());
          checkLength(prompt, lease.model());
          return running(
              lease,
              prompt,
              options(request.settings(), lease, deadline),
              ignored(request.settings(), lease.model()));
        });
  }

  /**
   * Embeds texts one after the other. Blocks until all vectors have been computed, or the thread is
   * interrupted.
   *
   * @throws RuntimeException as {@link #answer}
   */
  public Vectors embed(EmbedRequest request) {
    long begin = System.nanoTime();
    Deadline deadline = Deadline.after(timeout);
    while (true) {
      try (ModelLease lease = pool.lease(request.model(), request.keepAlive(), deadline.left())) {
        try {
          Vectors made = embed(request, lease, deadline);
          metrics.embedded(lease.model().name(), made, Duration.ofNanos(System.nanoTime() - begin));
          return made;
        } catch (RkllmException | IllegalStateException e) {
          if (!lease.lostItsModel(e) || deadline.hasPassedBy(Duration.ZERO)) {
            throw e;
          }
        }
      }
    }
  }

  private static Vectors embed(EmbedRequest request, ModelLease lease, Deadline deadline) {
    ServedModel model = lease.model();
    EmbedOptions.Builder options =
        EmbedOptions.builder().normalize(request.normalize()).timeout(deadline.left());
    defaultLora(model).ifPresent(options::lora);
    Vectors.Builder vectors = new Vectors.Builder(lease.loadTime());
    for (String text : request.texts()) {
      if (request.truncate()) {
        vectors.addTruncated(model.model(), text, options.build());
      } else {
        vectors.add(model.model(), text, options.build());
      }
    }
    return vectors.build();
  }

  private interface Beginning {
    ChatAnswer with(ModelLease lease, Deadline deadline);
  }

  private ChatAnswer begin(
      String operation, String model, @Nullable Duration keepAlive, Beginning beginning) {
    Deadline deadline = Deadline.after(timeout);
    ChatAnswer answer =
        new RetriedAnswer(() -> attempt(model, keepAlive, beginning, deadline), deadline);
    return new MeasuredAnswer(answer, operation, metrics);
  }

  private RetriedAnswer.Attempt attempt(
      String model, @Nullable Duration keepAlive, Beginning beginning, Deadline deadline) {
    while (true) {
      ModelLease lease = pool.lease(model, keepAlive, deadline.left());
      try {
        return new RetriedAnswer.Attempt(lease, beginning.with(lease, deadline));
      } catch (Throwable thrown) {
        boolean again = lease.lostItsModel(thrown) && !deadline.hasPassedBy(Duration.ZERO);
        lease.close();
        if (!again) {
          throw thrown;
        }
      }
    }
  }

  private static ChatAnswer running(
      ModelLease lease, RenderedPrompt prompt, GenerationOptions options, Set<String> ignored) {
    Generation generation = lease.model().model().generate(prompt.input(), options);
    return new RunningAnswer(lease, prompt, ignored, generation);
  }

  private static Conversation conversation(ChatRequest request, ServedModel model) {
    Modelfile modelfile = model.stored().modelfile();
    List<ChatMessage> messages = new ArrayList<>(request.messages());
    if (modelfile.system() != null
        && messages.stream().noneMatch(ChatMessage.SystemPrompt.class::isInstance)) {
      messages.addFirst(new ChatMessage.SystemPrompt(modelfile.system()));
    }
    Boolean thinking = request.thinking() != null ? request.thinking() : modelfile.thinking();
    return new Conversation(
        messages,
        request.tools(),
        thinking == null ? model.renderer().thinksByDefault() : thinking);
  }

  private static void checkLength(RenderedPrompt prompt, ServedModel model) {
    if (isTooLong(prompt, model)) {
      throw new PromptTooLongException(
          prompt.tokens().orElseThrow(), model.model().contextLength());
    }
  }

  /** Returns whether a prompt is known to leave no space for an answer. */
  private static boolean isTooLong(RenderedPrompt prompt, ServedModel model) {
    return prompt.tokens().isPresent()
        && prompt.tokens().getAsInt() >= model.model().contextLength();
  }

  private static boolean canSample(ServedModel model) {
    return model.model().runtime().supports(Capability.PER_RUN_SAMPLING);
  }

  private static Set<String> ignored(Settings settings, ServedModel model) {
    boolean wanted = !settings.sampling().equals(Sampling.defaults());
    return wanted && !canSample(model) ? Set.of("sampling") : Set.of();
  }

  private static GenerationOptions options(Settings settings, ModelLease lease, Deadline deadline) {
    ServedModel model = lease.model();
    GenerationOptions.Builder options = GenerationOptions.builder().timeout(deadline.left());
    if (settings.maxNewTokens() != null) {
      options.maxNewTokens(Math.min(settings.maxNewTokens(), model.model().contextLength()));
    }
    if (!settings.sampling().equals(Sampling.defaults()) && canSample(model)) {
      options.sampling(settings.sampling());
    }
    if (!settings.stop().isEmpty()) {
      options.stopSequences(settings.stop().toArray(String[]::new));
    }
    defaultLora(model).ifPresent(options::lora);
    return options.build();
  }

  private static Optional<LoraAdapter> defaultLora(ServedModel model) {
    return model.loras().values().stream().findFirst();
  }
}
