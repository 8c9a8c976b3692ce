package io.rkllm.examples.server.message;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolCall;
import io.rkllm.examples.server.chat.CollectedAnswer;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.tools.parser.ChatParser;
import io.rkllm.tools.parser.ParserOptions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads conversations in which the content of a message is one text, and in which calls of tools
 * and their results need not have ids: those of Ollama, RKLLama and the vendor.
 */
public final class PlainMessages {
  private static final int MAX_MESSAGES = 2_000;

  private final List<ChatMessage> messages = new ArrayList<>();
  private final List<ToolCall> unanswered = new ArrayList<>();
  private int calls;

  private PlainMessages() {}

  /**
   * Those in the field {@code messages}, oldest first; none if it is not there.
   *
   * @throws RequestException if one is not a message
   */
  public static List<ChatMessage> read(RequestObject body) {
    List<RequestObject> given = body.objects("messages");
    if (given.size() > MAX_MESSAGES) {
      throw RequestException.badParameter(
          "messages", "messages must be at most " + MAX_MESSAGES + ", were " + given.size());
    }
    PlainMessages reader = new PlainMessages();
    given.forEach(reader::add);
    return reader.messages;
  }

  /** The same where there must be one. */
  public static List<ChatMessage> readSome(RequestObject body) {
    List<ChatMessage> messages = read(body);
    if (messages.isEmpty()) {
      throw RequestException.badParameter("messages", "messages must hold at least one message");
    }
    return messages;
  }

  private void add(RequestObject message) {
    String role = message.requiredText("role");
    refuseImages(message);
    switch (role) {
      case "system" -> messages.add(new ChatMessage.SystemPrompt(message.requiredText("content")));
      case "user" -> messages.add(new ChatMessage.User(message.requiredText("content")));
      case "assistant" -> add(assistant(message));
      case "tool" -> messages.add(toolResult(message));
      default ->
          throw RequestException.badParameter(
              message.name("role"),
              message.name("role")
                  + " must be system, user, assistant or tool, was \""
                  + role
                  + "\"");
    }
  }

  private static void refuseImages(RequestObject message) {
    JsonNode images = message.value("images");
    if (images != null && !images.isEmpty()) {
      throw RequestException.unsupported(
          message.name("images"), message.name("images") + ": this server has no image encoder");
    }
  }

  /** Calls that came with one answer may be told by a message each; the model wrote them as one. */
  private void add(ChatMessage.Assistant message) {
    if (message.text().isBlank()
        && !message.toolCalls().isEmpty()
        && !messages.isEmpty()
        && messages.getLast() instanceof ChatMessage.Assistant before
        && !before.toolCalls().isEmpty()) {
      List<ToolCall> all = new ArrayList<>(before.toolCalls());
      all.addAll(message.toolCalls());
      messages.removeLast();
      messages.add(new ChatMessage.Assistant(before.text(), before.thinking(), all));
    } else {
      messages.add(message);
    }
  }

  private ChatMessage.Assistant assistant(RequestObject message) {
    List<ToolCall> called = new ArrayList<>();
    for (RequestObject call : message.objects("tool_calls")) {
      called.add(call(call.text("id"), call.requiredObject("function")));
    }
    RequestObject function = message.object("function_call");
    if (function != null) {
      called.add(call(null, function));
    }
    String thinking = message.text("thinking");
    String content = message.text("content");
    ChatMessage.Assistant answer =
        asWritten(content == null ? "" : content, thinking == null ? "" : thinking, called);
    unanswered.addAll(answer.toolCalls());
    return answer;
  }

  private ToolCall call(@Nullable String id, RequestObject function) {
    return new ToolCall(
        id != null ? id : "call_" + calls++,
        function.requiredText("name"),
        CallArguments.read(function));
  }

  /** Clients that were sent an answer as the model wrote it send it back like that. */
  private ChatMessage.Assistant asWritten(String content, String thinking, List<ToolCall> called) {
    if (!content.contains("<think>") && !content.contains("<tool_call>")) {
      return new ChatMessage.Assistant(content, thinking, called);
    }
    ParserOptions reading = ParserOptions.builder().callIdPrefix("call_" + calls++ + "_").build();
    CollectedAnswer read = new CollectedAnswer();
    ChatParser.parse(reading, content).forEach(read::add);
    called.addAll(read.toolCalls());
    return new ChatMessage.Assistant(read.text().strip(), thinking + read.thinking(), called);
  }

  private ChatMessage toolResult(RequestObject message) {
    String id = message.text("tool_call_id");
    String toolName = message.text("tool_name");
    String name = toolName != null ? toolName : message.text("name");
    String content = message.requiredText("content");
    ToolCall call = callFor(id, name);
    if (call != null) {
      return new ChatMessage.ToolResult(call.id(), call.name(), content);
    }
    return new ChatMessage.ToolResult(
        id != null ? id : "call_" + calls++, name != null ? name : "", content);
  }

  /** The call that a result is of: by its id, else the oldest of its name, if it has one. */
  private @Nullable ToolCall callFor(@Nullable String id, @Nullable String name) {
    for (ToolCall call : unanswered) {
      if (id != null ? call.id().equals(id) : name == null || call.name().equals(name)) {
        unanswered.remove(call);
        return call;
      }
    }
    return null;
  }
}
