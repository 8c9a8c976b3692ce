package io.rkllm.spring;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.rkllm.RkllmModel;
import io.rkllm.tools.ChatTurn;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.chat.observation.ChatModelObservationDocumentation;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/**
 * A chat model of Spring AI on the NPU.
 *
 * <pre>{@code
 * ChatModel chat = RkllmChatModel.builder(model).modelName("qwen3").build();
 * String answer = chat.call("Why is the sky blue?");
 * }</pre>
 *
 * <p>Tools are declared to the model, and its calls returned in the response; {@code ChatClient}
 * runs them. An answer that violates its JSON Schema is requested once more. Failures are not
 * retried otherwise, because a local model would fail again. Exceptions are those of the SDK, such
 * as {@link io.rkllm.InferenceException}, and {@link IllegalArgumentException} for invalid
 * requests.
 *
 * <p>The model is shared, and not closed by this object. Thread-safe; a model answers one request
 * at a time, in the order of the calls.
 */
public final class RkllmChatModel implements ChatModel {
  static final String PROVIDER = "rkllm";

  private static final ChatModelObservationConvention DEFAULT_CONVENTION =
      new DefaultChatModelObservationConvention();

  private final RkllmModel model;
  private final String modelName;
  private final RkllmChatOptions options;
  private final ObservationRegistry observations;
  private final @Nullable ChatModelObservationConvention convention;

  private RkllmChatModel(Builder from) {
    model = from.model;
    modelName = from.modelName;
    options = from.options.mutate().model(modelName).build();
    observations = from.observations;
    convention = from.convention;
    if (model.chatFormat().isEmpty()) {
      throw new IllegalArgumentException(
          "the model has no chat format, which conversations require; set"
              + " spring.ai.rkllm.chat-format, for example to qwen3, or load the model with"
              + " RkllmModel.Builder.chatFormat");
    }
  }

  /** Returns a builder of a chat model that uses an open model. */
  public static Builder builder(RkllmModel model) {
    return new Builder(model);
  }

  /** Returns the options of prompts that have none. */
  @Override
  public RkllmChatOptions getOptions() {
    return options;
  }

  /**
   * Answers a prompt. Blocks until the answer is complete.
   *
   * @throws IllegalArgumentException if the prompt has media, asks for another model, or has a
   *     value that is out of range
   * @throws io.rkllm.UnsupportedFeatureException if an option requires another runtime release
   * @throws io.rkllm.ModelBusyException if too many requests are waiting
   * @throws io.rkllm.InferenceException if the generation failed, including timeouts
   * @throws io.rkllm.ModelClosedException if the model was closed before the answer was complete
   * @throws io.rkllm.tools.StructuredOutputException if no answer conforms to the JSON Schema
   */
  @Override
  public ChatResponse call(Prompt prompt) {
    Prompt request = withOptions(prompt);
    ChatModelObservationContext context = context(request, false);
    return Objects.requireNonNull(
        observation(context)
            .observe(
                () -> {
                  ChatResponse response =
                      new ChatResponses(modelName)
                          .whole(Prompts.turn(model, request, _ -> {}).run());
                  context.setResponse(response);
                  return response;
                }));
  }

  /**
   * Answers a prompt in parts. Each subscription starts a generation, and canceling it stops the
   * NPU. Parts that are not requested yet are kept; a slow subscriber does not delay the NPU.
   *
   * <p>Text arrives as it is generated, a tool call when it is complete, and an answer with a JSON
   * Schema as a whole. Thinking is in the generation's metadata, as {@code thinking}. The last part
   * has the finish reason and the usage; the metadata of its message has the whole thinking.
   * Exceptions are those of {@link #call(Prompt)}.
   */
  @Override
  public Flux<ChatResponse> stream(Prompt prompt) {
    Prompt request = withOptions(prompt);
    return Flux.deferContextual(
        outer -> {
          ChatModelObservationContext context = context(request, true);
          Observation observation = observation(context);
          observation
              .parentObservation(outer.getOrDefault(ObservationThreadLocalAccessor.KEY, null))
              .start();
          Flux<ChatResponse> answer =
              Flux.<ChatResponse>create(sink -> start(request, sink))
                  .doOnError(observation::error)
                  .doFinally(_ -> observation.stop())
                  .contextWrite(
                      inner -> inner.put(ObservationThreadLocalAccessor.KEY, observation));
          return new MessageAggregator().aggregate(answer, context::setResponse);
        });
  }

  private void start(Prompt request, FluxSink<ChatResponse> sink) {
    ChatResponses responses = new ChatResponses(modelName);
    ChatTurn turn =
        Prompts.turn(
            model,
            request,
            event -> {
              ChatResponse part = responses.part(event);
              if (part != null) {
                sink.next(part);
              }
            });
    sink.onDispose(turn::cancel);
    Thread.ofVirtual()
        .name("rkllm-spring-ai")
        .start(
            () -> {
              try {
                sink.next(responses.last(turn.run()));
                sink.complete();
              } catch (Throwable failure) {
                if (!sink.isCancelled()) {
                  sink.error(failure);
                }
              }
            });
  }

  private Prompt withOptions(Prompt prompt) {
    ChatOptions given = prompt.getOptions();
    if (given == null) {
      return prompt.mutate().chatOptions(options).build();
    }
    String wanted = given.getModel();
    if (wanted != null && !wanted.equals(modelName)) {
      throw new IllegalArgumentException(
          "the model \"%s\" was requested, but this model is \"%s\"; leave the option unset or inject another ChatModel"
              .formatted(wanted, modelName));
    }
    return prompt;
  }

  private static ChatModelObservationContext context(Prompt prompt, boolean streaming) {
    return ChatModelObservationContext.builder()
        .prompt(prompt)
        .provider(PROVIDER)
        .streaming(streaming)
        .build();
  }

  private Observation observation(ChatModelObservationContext context) {
    return ChatModelObservationDocumentation.CHAT_MODEL_OPERATION.observation(
        convention, DEFAULT_CONVENTION, () -> context, observations);
  }

  /** Builder of {@link RkllmChatModel}. */
  public static final class Builder {
    private final RkllmModel model;
    private String modelName = PROVIDER;
    private RkllmChatOptions options = RkllmChatOptions.builder().build();
    private ObservationRegistry observations = ObservationRegistry.NOOP;
    private @Nullable ChatModelObservationConvention convention;

    private Builder(RkllmModel model) {
      this.model = Objects.requireNonNull(model, "model");
    }

    /** Sets the name of the model in responses and observations; {@code rkllm} by default. */
    public Builder modelName(String modelName) {
      this.modelName = Objects.requireNonNull(modelName, "modelName");
      return this;
    }

    /** Sets the options of prompts that have none. */
    public Builder options(RkllmChatOptions options) {
      this.options = Objects.requireNonNull(options, "options");
      return this;
    }

    /** Sets the registry that observes each answer. */
    public Builder observationRegistry(ObservationRegistry registry) {
      this.observations = Objects.requireNonNull(registry, "registry");
      return this;
    }

    /** Sets the convention of the observations; Spring AI's default if it is null. */
    public Builder observationConvention(@Nullable ChatModelObservationConvention convention) {
      this.convention = convention;
      return this;
    }

    /**
     * Returns the chat model.
     *
     * @throws IllegalArgumentException if the model has no chat format
     */
    public RkllmChatModel build() {
      return new RkllmChatModel(this);
    }
  }
}
