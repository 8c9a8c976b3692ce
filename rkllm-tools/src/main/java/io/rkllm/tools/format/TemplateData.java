package io.rkllm.tools.format;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.json.ToolJson;
import io.rkllm.tools.parser.Dialects;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A conversation as transformers passes it to a template. Templates differ in a few points, which
 * are determined when a template is loaded.
 *
 * @param tokens the control tokens, which must not occur in JSON that the template does not write
 *     itself
 * @param toolResponses whether tool results are part of the answer that called them, as for Gemma
 *     4, and not separate messages
 * @param undefinedTools whether the variable is undefined, and not None, if there are no tools
 * @param foldsSystem whether system prompts are put before the user's next message, for templates
 *     that do not support them
 * @param emptyContent whether the text of an answer that only calls tools is empty, and not None
 * @param argumentsAsText whether arguments are JSON text, not a dictionary
 * @param callsAsText whether calls are part of the text of an answer, as for SmolLM3
 */
record TemplateData(
    ControlTokens tokens,
    boolean toolResponses,
    boolean undefinedTools,
    boolean foldsSystem,
    boolean emptyContent,
    boolean argumentsAsText,
    boolean callsAsText) {

  /** Returns the same with another form of calls. */
  TemplateData calling(boolean emptyContent, boolean argumentsAsText, boolean callsAsText) {
    return new TemplateData(
        tokens,
        toolResponses,
        undefinedTools,
        foldsSystem,
        emptyContent,
        argumentsAsText,
        callsAsText);
  }

  private List<Map<String, @Nullable Object>> messages(Conversation conversation, char seal) {
    List<Map<String, @Nullable Object>> messages = new ArrayList<>();
    List<String> pending = new ArrayList<>();
    for (ChatMessage message : ToolResults.inOrderOfCalls(conversation).messages()) {
      if (toolResponses
          && message instanceof ChatMessage.ToolResult result
          && !messages.isEmpty()) {
        respond(messages.getLast(), result);
      } else if (foldsSystem && message instanceof ChatMessage.SystemPrompt system) {
        pending.add(system.text());
      } else if (message instanceof ChatMessage.User user) {
        pending.add(user.text());
        messages.add(message("user", String.join("\n\n", pending)));
        pending.clear();
      } else {
        messages.add(data(message, seal));
      }
    }
    if (!pending.isEmpty()) {
      messages.add(message("user", String.join("\n\n", pending)));
    }
    return messages;
  }

  @SuppressWarnings("unchecked") // the list is made here
  private static void respond(
      Map<String, @Nullable Object> message, ChatMessage.ToolResult result) {
    Object response;
    try {
      response = Json.object(result.text());
    } catch (IllegalArgumentException _) { // a plain text
      response = result.text();
    }
    ((List<Object>)
            Objects.requireNonNull(
                message.computeIfAbsent("tool_responses", _ -> new ArrayList<>())))
        .add(Map.of("name", result.name(), "response", response));
  }

  /**
   * Returns the variables for messages and tools, the latter in the format of the OpenAI API.
   * SmolLM3 names the tools {@code xml_tools}.
   *
   * @param seal the character that is put into control tokens that are kept
   */
  Map<String, @Nullable Object> variables(Conversation conversation, char seal) {
    Map<String, @Nullable Object> variables = new HashMap<>();
    variables.put("messages", messages(conversation, seal));
    if (!conversation.tools().isEmpty()) {
      Object tools = conversation.tools().stream().map(ToolJson::tree).toList();
      variables.put("tools", tools);
      variables.put("xml_tools", tools);
    } else if (!undefinedTools) {
      variables.put("tools", null);
    }
    return variables;
  }

  private Map<String, @Nullable Object> data(ChatMessage message, char seal) {
    Map<String, @Nullable Object> data = message(message.role().label(), message.text());
    switch (message) {
      case ChatMessage.Assistant answer -> addThinkingAndCalls(answer, data, seal);
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
      ChatMessage.Assistant answer, Map<String, @Nullable Object> data, char seal) {
    if (!answer.thinking().isEmpty()) {
      data.put("reasoning_content", answer.thinking());
      data.put("thought", answer.thinking()); // of MiniCPM
    }
    if (callsAsText && !answer.toolCalls().isEmpty()) {
      String between = answer.text().isEmpty() ? "" : "\n";
      data.put("content", answer.text() + between + calls(answer, seal));
    } else if (!answer.toolCalls().isEmpty()) {
      data.put("tool_calls", answer.toolCalls().stream().map(this::call).toList());
      if (answer.text().isEmpty() && !emptyContent) {
        data.put("content", null);
      }
    }
  }

  private String calls(ChatMessage.Assistant answer, char seal) {
    List<ToolCall> calls =
        answer.toolCalls().stream()
            .map(call -> new ToolCall(call.id(), call.name(), tokens.neutralJson(call.arguments())))
            .toList();
    return tokens.marked(Dialects.HERMES.render(calls), seal);
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
