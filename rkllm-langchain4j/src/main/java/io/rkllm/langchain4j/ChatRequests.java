package io.rkllm.langchain4j;

import static dev.langchain4j.model.chat.request.ResponseFormatType.JSON;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.Json;
import dev.langchain4j.internal.JsonSchemaElementJsonUtils;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import io.rkllm.GenerationOptions;
import io.rkllm.RkllmModel;
import io.rkllm.Sampling;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.tools.AnswerSchema;
import io.rkllm.tools.ChatTurn;
import io.rkllm.tools.event.ChatEvent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Converts requests of LangChain4j to turns of this SDK. Immutable. */
final class ChatRequests {
  private static final String NO_PARAMETERS = "{\"type\": \"object\", \"properties\": {}}";

  private final String modelName;
  private final boolean think;
  private final @Nullable Duration timeout;

  ChatRequests(String modelName, boolean think, @Nullable Duration timeout) {
    this.modelName = modelName;
    this.think = think;
    this.timeout = timeout;
  }

  /**
   * Returns the turn that answers a request.
   *
   * @param events receives the events of the answer, on the thread that runs the turn
   * @throws InvalidRequestException if the request cannot be converted
   * @throws UnsupportedFeatureException if it requires something that no answer of this model has
   */
  ChatTurn turn(RkllmModel model, ChatRequest request, Consumer<? super ChatEvent> events) {
    ChatRequestParameters parameters = request.parameters();
    refuseUnsupported(parameters);
    try {
      Conversation conversation =
          Conversation.of(Messages.toRkllm(request.messages()))
              .withTools(tools(parameters))
              .withThinking(think);
      return ChatTurn.builder(model, conversation)
          .options(options(parameters))
          .schema(schema(parameters.responseFormat()))
          .toolRequired(
              parameters.toolChoice() == ToolChoice.REQUIRED && !conversation.tools().isEmpty())
          .onEvent(events)
          .build();
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Rejects parameters that no answer of this model can respect.
   *
   * @throws UnsupportedFeatureException if there are any
   */
  void refuseUnsupported(ChatRequestParameters parameters) {
    String wanted = parameters.modelName();
    if (wanted != null && !wanted.equals(modelName)) {
      throw new UnsupportedFeatureException(
          "the modelName \"%s\" is not supported: this model is \"%s\", and it does not switch"
              .formatted(wanted, modelName));
    }
  }

  private static List<ToolDeclaration> tools(ChatRequestParameters parameters) {
    return parameters.toolChoice() == ToolChoice.NONE
        ? List.of()
        : parameters.toolSpecifications().stream().map(ChatRequests::tool).toList();
  }

  private static ToolDeclaration tool(ToolSpecification tool) {
    String description = tool.description() == null ? "" : tool.description();
    String parameters = tool.parameters() == null ? NO_PARAMETERS : json(tool.parameters());
    return new ToolDeclaration(tool.name(), description, parameters);
  }

  private static @Nullable AnswerSchema schema(@Nullable ResponseFormat format) {
    if (format == null || format.type() != JSON) {
      return null;
    }
    JsonSchema schema = format.jsonSchema();
    return schema == null ? AnswerSchema.anyObject() : AnswerSchema.of(json(schema.rootElement()));
  }

  private static String json(JsonSchemaElement schema) {
    return Json.toJson(JsonSchemaElementJsonUtils.toMap(schema));
  }

  private GenerationOptions options(ChatRequestParameters from) {
    GenerationOptions.Builder options = GenerationOptions.builder();
    Optional.ofNullable(timeout).ifPresent(options::timeout);
    Optional.ofNullable(from.maxOutputTokens()).ifPresent(options::maxNewTokens);
    if (!from.stopSequences().isEmpty()) {
      options.stopSequences(from.stopSequences().toArray(String[]::new));
    }
    Sampling sampling = sampling(from);
    if (!sampling.equals(Sampling.defaults())) {
      options.sampling(sampling);
    }
    return options.build();
  }

  private static Sampling sampling(ChatRequestParameters from) {
    Sampling.Builder sampling = Sampling.builder();
    Optional.ofNullable(from.temperature()).ifPresent(sampling::temperature);
    Optional.ofNullable(from.topP()).ifPresent(sampling::topP);
    Optional.ofNullable(from.topK()).ifPresent(sampling::topK);
    Optional.ofNullable(from.frequencyPenalty()).ifPresent(sampling::frequencyPenalty);
    Optional.ofNullable(from.presencePenalty()).ifPresent(sampling::presencePenalty);
    return sampling.build();
  }
}
