package io.rkllm.spring;

import io.rkllm.GenerationOptions;
import io.rkllm.RkllmModel;
import io.rkllm.Sampling;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.tools.AnswerSchema;
import io.rkllm.tools.ChatTurn;
import io.rkllm.tools.event.ChatEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.util.StringUtils;

/** Converts prompts of Spring AI to turns of this SDK. */
final class Prompts {
  /** The key of thinking in the metadata of messages and generations. */
  static final String THINKING = "thinking";

  /** Skips options that are not set. */
  private static final PropertyMapper MAP = PropertyMapper.get();

  private Prompts() {}

  /**
   * Returns the turn that answers a prompt with options.
   *
   * @param events receives the events of the answer, on the thread that runs the turn
   * @throws IllegalArgumentException if the prompt cannot be converted
   */
  static ChatTurn turn(RkllmModel model, Prompt prompt, Consumer<? super ChatEvent> events) {
    ChatOptions options = Objects.requireNonNull(prompt.getOptions());
    List<ChatMessage> messages = new ArrayList<>();
    prompt.getInstructions().forEach(message -> messages.addAll(messages(message)));
    Conversation conversation =
        Conversation.of(messages).withTools(tools(options)).withThinking(thinks(options));
    return ChatTurn.builder(model, conversation)
        .options(generationOptions(options))
        .schema(schema(options))
        .onEvent(events)
        .build();
  }

  private static @Nullable AnswerSchema schema(ChatOptions options) {
    return options instanceof StructuredOutputChatOptions structured
            && structured.getOutputSchema() != null
        ? AnswerSchema.of(structured.getOutputSchema())
        : null;
  }

  private static List<ChatMessage> messages(Message message) {
    String text = orEmpty(message.getText());
    return switch (message) {
      case SystemMessage _ -> List.of(new ChatMessage.SystemPrompt(text));
      case UserMessage user -> List.of(question(user, text));
      case AssistantMessage answer ->
          List.of(
              new ChatMessage.Assistant(
                  text,
                  answer.getMetadata().get(THINKING) instanceof String thinking ? thinking : "",
                  answer.getToolCalls().stream().map(Prompts::call).toList()));
      case ToolResponseMessage results ->
          results.getResponses().stream().map(Prompts::result).toList();
      default ->
          throw new IllegalArgumentException(
              "messages of the class " + message.getClass().getName() + " are not supported");
    };
  }

  private static ChatMessage question(UserMessage message, String text) {
    if (!message.getMedia().isEmpty()) {
      throw new IllegalArgumentException(
          "%s in a message is not supported; pass its embeddings to RkllmModel.generate instead"
              .formatted(message.getMedia().getFirst().getMimeType()));
    }
    return new ChatMessage.User(text);
  }

  private static ToolCall call(AssistantMessage.ToolCall call) {
    String arguments = StringUtils.hasText(call.arguments()) ? call.arguments() : "{}";
    return new ToolCall(orEmpty(call.id()), call.name(), arguments);
  }

  private static ChatMessage result(ToolResponseMessage.ToolResponse result) {
    return new ChatMessage.ToolResult(
        orEmpty(result.id()), orEmpty(result.name()), orEmpty(result.responseData()));
  }

  private static List<ToolDeclaration> tools(ChatOptions options) {
    List<ToolCallback> callbacks =
        options instanceof ToolCallingChatOptions tools ? tools.getToolCallbacks() : null;
    return callbacks == null
        ? List.of()
        : callbacks.stream().map(ToolCallback::getToolDefinition).map(Prompts::tool).toList();
  }

  private static ToolDeclaration tool(ToolDefinition tool) {
    return new ToolDeclaration(tool.name(), orEmpty(tool.description()), tool.inputSchema());
  }

  private static boolean thinks(ChatOptions options) {
    return options instanceof RkllmChatOptions own && Boolean.TRUE.equals(own.getThinking());
  }

  private static GenerationOptions generationOptions(ChatOptions from) {
    GenerationOptions.Builder options = GenerationOptions.builder();
    if (from instanceof RkllmChatOptions own) {
      MAP.from(own.getTimeout()).to(options::timeout);
    }
    MAP.from(from.getMaxTokens()).to(options::maxNewTokens);
    MAP.from(from.getStopSequences())
        .as(sequences -> sequences.toArray(String[]::new))
        .to(options::stopSequences);
    Sampling sampling = sampling(from);
    if (!sampling.equals(Sampling.defaults())) {
      options.sampling(sampling);
    }
    return options.build();
  }

  private static Sampling sampling(ChatOptions from) {
    Sampling.Builder sampling = Sampling.builder();
    MAP.from(from.getTemperature()).to(sampling::temperature);
    MAP.from(from.getTopP()).to(sampling::topP);
    MAP.from(from.getTopK()).to(sampling::topK);
    MAP.from(from.getFrequencyPenalty()).to(sampling::frequencyPenalty);
    MAP.from(from.getPresencePenalty()).to(sampling::presencePenalty);
    return sampling.build();
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
