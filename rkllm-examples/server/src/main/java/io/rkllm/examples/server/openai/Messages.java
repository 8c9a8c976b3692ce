package io.rkllm.examples.server.openai;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolCall;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.examples.server.message.CallArguments;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The messages of a chat completion. */
final class Messages {
  private static final int MAX_MESSAGES = 2_000;

  private final List<ChatMessage> messages = new ArrayList<>();
  private final Map<String, String> toolsByCall = new HashMap<>();

  private Messages() {}

  static List<ChatMessage> read(RequestObject body) {
    List<RequestObject> given = body.objects("messages");
    if (given.isEmpty()) {
      throw RequestException.badParameter("messages", "messages must hold at least one message");
    }
    if (given.size() > MAX_MESSAGES) {
      throw RequestException.badParameter(
          "messages", "messages must be at most " + MAX_MESSAGES + ", were " + given.size());
    }
    Messages reader = new Messages();
    given.forEach(reader::add);
    return reader.messages;
  }

  private void add(RequestObject message) {
    String role = message.requiredText("role");
    switch (role) {
      case "system", "developer" -> messages.add(new ChatMessage.SystemPrompt(content(message)));
      case "user" -> messages.add(new ChatMessage.User(content(message)));
      case "assistant" -> messages.add(assistant(message));
      case "tool" -> messages.add(toolResult(message));
      default ->
          throw RequestException.badParameter(
              message.name("role"),
              message.name("role")
                  + " must be system, developer, user, assistant or tool, was \""
                  + role
                  + "\"");
    }
  }

  private ChatMessage assistant(RequestObject message) {
    List<ToolCall> calls = new ArrayList<>();
    for (RequestObject call : message.objects("tool_calls")) {
      RequestObject function = call.requiredObject("function");
      String name = function.requiredText("name");
      String id = call.requiredText("id");
      toolsByCall.put(id, name);
      calls.add(new ToolCall(id, name, CallArguments.read(function)));
    }
    String thinking = message.text("reasoning_content");
    String text = message.value("content") == null ? "" : content(message);
    return new ChatMessage.Assistant(text, thinking == null ? "" : thinking, calls);
  }

  private ChatMessage toolResult(RequestObject message) {
    String id = message.requiredText("tool_call_id");
    String name = message.text("name");
    return new ChatMessage.ToolResult(
        id, name != null ? name : toolsByCall.getOrDefault(id, ""), content(message));
  }

  /** A text, or parts that are all texts. */
  private static String content(RequestObject message) {
    JsonNode content = message.value("content");
    if (content == null) {
      throw message.missing("content");
    }
    if (content.isString()) {
      return content.stringValue();
    }
    StringBuilder text = new StringBuilder();
    for (RequestObject part : message.objects("content")) {
      text.append(partText(part));
    }
    return text.toString();
  }

  private static String partText(RequestObject part) {
    String type = part.requiredText("type");
    @Nullable String text = part.text("text");
    if (type.equals("text") && text != null) {
      return text;
    }
    if (type.equals("text")) {
      throw part.missing("text");
    }
    throw RequestException.unsupported(
        part.name("type"),
        part.name("type")
            + " must be text, was "
            + type
            + ": this server has no encoder for other content");
  }
}
