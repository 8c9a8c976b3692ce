package io.rkllm.tools.format;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.json.ToolJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A conversation as transformers gives it to a template. Templates disagree on a few points, which
 * are settled when one is loaded.
 *
 * @param tokens what must not be in JSON that the template does not write itself
 * @param undefinedTools where there are no tools the variable is undefined, and not None
 * @param foldsSystem system prompts stand before the user's next message, for templates that know
 *     none
 * @param emptyContent the text of an answer that only calls tools is empty, and not None
 * @param argumentsAsText arguments are JSON text, and no dictionary
 */
record TemplateData(
    ControlTokens tokens,
    boolean undefinedTools,
    boolean foldsSystem,
    boolean emptyContent,
    boolean argumentsAsText) {

  private List<Map<String, @Nullable Object>> messages(Conversation conversation) {
    List<Map<String, @Nullable Object>> messages = new ArrayList<>();
    List<String> pending = new ArrayList<>();
    for (ChatMessage message : ToolResults.inOrderOfCalls(conversation).messages()) {
      if (foldsSystem && message instanceof ChatMessage.SystemPrompt system) {
        pending.add(system.text());
      } else if (message instanceof ChatMessage.User user) {
        pending.add(user.text());
        messages.add(message("user", String.join("\n\n", pending)));
        pending.clear();
      } else {
        messages.add(data(message));
      }
    }
    if (!pending.isEmpty()) {
      messages.add(message("user", String.join("\n\n", pending)));
    }
    return messages;
  }

  /** The variables of messages and tools, the latter in the OpenAI form. */
  Map<String, @Nullable Object> variables(Conversation conversation) {
    Map<String, @Nullable Object> variables = new HashMap<>();
    variables.put("messages", messages(conversation));
    if (!conversation.tools().isEmpty()) {
      variables.put("tools", conversation.tools().stream().map(ToolJson::tree).toList());
    } else if (!undefinedTools) {
      variables.put("tools", null);
    }
    return variables;
  }

  private Map<String, @Nullable Object> data(ChatMessage message) {
    Map<String, @Nullable Object> data = message(message.role().label(), message.text());
    switch (message) {
      case ChatMessage.Assistant answer -> addThinkingAndCalls(answer, data);
      case ChatMessage.ToolResult result -> {
        data.put("tool_call_id", ShortIds.of(result.callId()));
        data.put("name", result.name());
      }
      case ChatMessage.SystemPrompt _, ChatMessage.User _ -> {}
    }
    return data;
  }

  private static Map<String, @Nullable Object> message(String role, String content) {
    Map<String, @Nullable Object> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  private void addThinkingAndCalls(
      ChatMessage.Assistant answer, Map<String, @Nullable Object> data) {
    if (!answer.thinking().isEmpty()) {
      data.put("reasoning_content", answer.thinking());
    }
    if (!answer.toolCalls().isEmpty()) {
      data.put("tool_calls", answer.toolCalls().stream().map(this::call).toList());
      if (answer.text().isEmpty() && !emptyContent) {
        data.put("content", null);
      }
    }
  }

  private Map<String, @Nullable Object> call(ToolCall call) {
    Map<String, @Nullable Object> function = new LinkedHashMap<>();
    function.put("name", call.name());
    function.put(
        "arguments",
        argumentsAsText ? tokens.neutralJson(call.arguments()) : Json.object(call.arguments()));
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("type", "function");
    data.put("id", ShortIds.of(call.id()));
    data.put("function", function);
    return data;
  }
}
