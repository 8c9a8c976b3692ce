package io.rkllm.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ContentType;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.ChatAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Converts messages, tool calls, and answers between LangChain4j and this SDK. */
final class Messages {
  private Messages() {}

  /** Returns a new, modifiable list. */
  static List<ChatMessage> toRkllm(Iterable<dev.langchain4j.data.message.ChatMessage> messages) {
    List<ChatMessage> converted = new ArrayList<>();
    messages.forEach(message -> converted.add(toRkllm(message)));
    return converted;
  }

  private static ChatMessage toRkllm(dev.langchain4j.data.message.ChatMessage message) {
    return switch (message) {
      case SystemMessage system -> new ChatMessage.SystemPrompt(system.text());
      case UserMessage user -> new ChatMessage.User(text(user.contents()));
      case AiMessage answer ->
          new ChatMessage.Assistant(
              orEmpty(answer.text()),
              orEmpty(answer.thinking()),
              answer.toolExecutionRequests().stream().map(Messages::call).toList());
      case ToolExecutionResultMessage result ->
          new ChatMessage.ToolResult(
              orEmpty(result.id()), orEmpty(result.toolName()), text(result.contents()));
      default ->
          throw new UnsupportedFeatureException(
              "messages of type " + message.type() + " are not supported");
    };
  }

  private static String text(List<Content> contents) {
    return contents.stream()
        .map(
            content -> {
              if (content instanceof TextContent text) {
                return text.text();
              }
              throw unsupported(content.type());
            })
        .collect(Collectors.joining("\n"));
  }

  private static UnsupportedFeatureException unsupported(ContentType type) {
    return new UnsupportedFeatureException(
        "non-text content is not supported, but there is %s content: pass embeddings of it to RkllmModel.generate instead"
            .formatted(type.name().toLowerCase(Locale.ROOT)));
  }

  private static ToolCall call(ToolExecutionRequest request) {
    String arguments = orEmpty(request.arguments());
    return new ToolCall(
        orEmpty(request.id()), request.name(), arguments.isBlank() ? "{}" : arguments);
  }

  static ToolExecutionRequest call(ToolCall call) {
    return ToolExecutionRequest.builder()
        .id(call.id())
        .name(call.name())
        .arguments(call.arguments())
        .build();
  }

  static ChatResponse response(ChatAnswer answer, String modelName) {
    return ChatResponse.builder()
        .aiMessage(
            AiMessage.builder()
                .text(orNull(answer.text()))
                .thinking(orNull(answer.thinking()))
                .toolExecutionRequests(answer.calls().stream().map(Messages::call).toList())
                .build())
        .metadata(
            ChatResponseMetadata.builder()
                .id("chat-" + UUID.randomUUID())
                .modelName(modelName)
                .tokenUsage(new TokenUsage(answer.promptTokens(), answer.generatedTokens()))
                .finishReason(finishReason(answer))
                .build())
        .build();
  }

  private static FinishReason finishReason(ChatAnswer answer) {
    return switch (answer.finishReason()) {
      case STOP -> answer.callsTools() ? FinishReason.TOOL_EXECUTION : FinishReason.STOP;
      case LENGTH -> FinishReason.LENGTH;
      case CANCELLED, PAUSED, MODEL_CLOSED -> FinishReason.OTHER;
    };
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
