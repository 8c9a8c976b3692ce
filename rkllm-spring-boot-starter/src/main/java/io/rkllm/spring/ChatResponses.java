package io.rkllm.spring;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.ChatAnswer;
import io.rkllm.tools.event.ChatEvent;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/** Converts the events and the answer of one turn to responses of Spring AI. Immutable. */
final class ChatResponses {
  private final String modelName;
  private final String id = "chat-" + UUID.randomUUID();

  ChatResponses(String modelName) {
    this.modelName = modelName;
  }

  /** Returns the whole answer. */
  ChatResponse whole(ChatAnswer answer) {
    ChatGenerationMetadata.Builder metadata = metadata(answer);
    if (!answer.thinking().isEmpty()) {
      metadata.metadata(Prompts.THINKING, answer.thinking());
    }
    return response(answer, answer.text(), answer.calls(), metadata.build());
  }

  /** Returns the last part of a stream, which has the metadata of the answer. */
  ChatResponse last(ChatAnswer answer) {
    return response(answer, "", List.of(), metadata(answer).build());
  }

  /** Returns a part of a stream, or null if Spring AI has none for this event. */
  @Nullable ChatResponse part(ChatEvent event) {
    return switch (event) {
      case ChatEvent.TextDelta delta -> text(delta.text());
      case ChatEvent.MalformedToolCall malformed -> text(malformed.text());
      case ChatEvent.ThinkingDelta delta ->
          part(
              new AssistantMessage(""),
              ChatGenerationMetadata.builder().metadata(Prompts.THINKING, delta.text()).build());
      case ChatEvent.ToolCallCompleted completed ->
          part(
              AssistantMessage.builder()
                  .content("")
                  .toolCalls(List.of(call(completed.call())))
                  .build(),
              ChatGenerationMetadata.NULL);
      case ChatEvent.ToolCallStarted _, ChatEvent.ArgumentsDelta _, ChatEvent.Finished _ -> null;
    };
  }

  private ChatResponse text(String text) {
    return part(new AssistantMessage(text), ChatGenerationMetadata.NULL);
  }

  private ChatResponse part(AssistantMessage message, ChatGenerationMetadata metadata) {
    return new ChatResponse(
        List.of(new Generation(message, metadata)),
        ChatResponseMetadata.builder().id(id).model(modelName).build());
  }

  private static ChatGenerationMetadata.Builder metadata(ChatAnswer answer) {
    return ChatGenerationMetadata.builder()
        .finishReason(answer.callsTools() ? "TOOL_CALLS" : answer.finishReason().name());
  }

  private ChatResponse response(
      ChatAnswer answer, String text, List<ToolCall> calls, ChatGenerationMetadata metadata) {
    Map<String, Object> properties =
        answer.thinking().isEmpty() ? Map.of() : Map.of(Prompts.THINKING, answer.thinking());
    AssistantMessage message =
        AssistantMessage.builder()
            .content(text)
            .properties(properties)
            .toolCalls(calls.stream().map(ChatResponses::call).toList())
            .build();
    return new ChatResponse(
        List.of(new Generation(message, metadata)),
        ChatResponseMetadata.builder()
            .id(id)
            .model(modelName)
            .usage(new DefaultUsage(answer.promptTokens(), answer.generatedTokens()))
            .keyValue("stats", answer.stats())
            .build());
  }

  private static AssistantMessage.ToolCall call(ToolCall call) {
    return new AssistantMessage.ToolCall(call.id(), "function", call.name(), call.arguments());
  }
}
