package io.rkllm.examples.server.message;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolCall;
import io.rkllm.examples.server.chat.CollectedAnswer;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.tools.parser.ChatParser;
import io.rkllm.tools.parser.Dialects;
import io.rkllm.tools.parser.ParserOptions;
import io.rkllm.tools.parser.ThinkingTags;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads the messages of a conversation in the form shared by all dialects.
 *
 * <p>Omissions of clients are tolerated: tool calls and their results need not have ids. Unless
 * read strictly, messages need not have content, and an unknown role is treated as the user's and
 * reported to the client.
 *
 * <p>Thinking and tool calls that the model wrote into the content of an assistant's message are
 * extracted from it, so that the chat format decides which of them the model sees again.
 */
public final class Messages {
  private static final int MAX_MESSAGES = 2_000;
  private static final List<ThinkingTags> THINKING = Dialects.DETECTED.thinkingTags();

  private final List<ChatMessage> messages = new ArrayList<>();
  private final List<ToolCall> unanswered = new ArrayList<>();
  private final boolean strict;
  private String thinking = ""; // of the next answer, if it was sent apart from it
  private int calls;

  Messages(boolean strict) {
    this.strict = strict;
  }

  /**
   * Returns the messages in the member {@code messages} of a body, oldest first; none if it is
   * absent.
   *
   * @throws RequestException if a message is invalid
   */
  public static List<ChatMessage> read(RequestObject body) {
    return read(body, /* strict= */ false);
  }

  private static List<ChatMessage> read(RequestObject body, boolean strict) {
    Messages reader = new Messages(strict);
    limited(body, "messages").forEach(reader::add);
    return reader.messages;
  }

  static List<RequestObject> limited(RequestObject body, String member) {
    List<RequestObject> messages = body.objects(member);
    if (messages.size() > MAX_MESSAGES) {
      throw RequestException.badParameter(
          member, member + " must be at most " + MAX_MESSAGES + ", were " + messages.size());
    }
    return messages;
  }

  /** Returns what was added. */
  List<ChatMessage> messages() {
    return messages;
  }

  /** Returns the messages, as {@link #read} does, and requires at least one. */
  public static List<ChatMessage> require(RequestObject body) {
    return notEmpty(read(body));
  }

  /**
   * Returns the messages, as {@link #require} does, and rejects unknown roles and messages without
   * content.
   */
  public static List<ChatMessage> requireStrictly(RequestObject body) {
    return notEmpty(read(body, /* strict= */ true));
  }

  private static List<ChatMessage> notEmpty(List<ChatMessage> messages) {
    if (messages.isEmpty()) {
      throw RequestException.badParameter("messages", "messages must hold at least one message");
    }
    return messages;
  }

  /** Adds a message with a role. */
  void add(RequestObject message) {
    String role = message.requiredText("role");
    String content = content(message, "content");
    if (!role.equals("assistant")) {
      thinking = ""; // the answer was cut off
    }
    if (strict && !role.equals("assistant") && message.value("content") == null) {
      throw message.missing("content");
    }
    switch (role) {
      case "system", "developer" -> messages.add(new ChatMessage.SystemPrompt(content));
      case "user" -> messages.add(new ChatMessage.User(content));
      case "assistant", "model" -> add(assistant(message, content));
      case "tool", "function", "ipython" -> messages.add(toolResult(message, content));
      default -> {
        if (strict) {
          throw RequestException.badParameter(
              message.name("role"),
              "%s must be system, developer, user, assistant or tool, was \"%s\""
                  .formatted(message.name("role"), role));
        }
        message.ignore("role");
        messages.add(new ChatMessage.User(content));
      }
    }
  }

  /** Returns a text, or parts that are all texts; an empty string if the content is absent. */
  static String content(RequestObject message, String member) {
    rejectMedia(message);
    JsonNode content = message.value(member);
    if (content == null || !content.isArray()) {
      String text = message.text(member);
      return text == null ? "" : text;
    }
    StringBuilder text = new StringBuilder();
    message.objects(member).forEach(part -> text.append(partText(part)));
    return text.toString();
  }

  private static void rejectMedia(RequestObject message) {
    JsonNode images = message.value("images");
    if (images != null && !images.isEmpty()) {
      throw RequestException.unsupported(
          message.name("images"), message.name("images") + ": this server has no image encoder");
    }
  }

  private static String partText(RequestObject part) {
    String type = part.requiredText("type");
    part.skip("annotations", "logprobs");
    if (type.equals("refusal") || type.endsWith("text")) { // such as input_text
      return part.requiredText(type.equals("refusal") ? "refusal" : "text");
    }
    throw RequestException.unsupported(
        part.name("type"),
        part.name("type")
            + " must be text, was "
            + type
            + ": this server has no encoder for other content");
  }

  /**
   * Adds a message of the assistant. The text and the calls of an answer may be sent in separate
   * messages; they are merged, since the model wrote them as one answer.
   */
  private void add(ChatMessage.Assistant message) {
    if (message.text().isBlank()
        && !message.toolCalls().isEmpty()
        && !messages.isEmpty()
        && messages.getLast() instanceof ChatMessage.Assistant before) {
      List<ToolCall> all = new ArrayList<>(before.toolCalls());
      all.addAll(message.toolCalls());
      messages.removeLast();
      messages.add(
          new ChatMessage.Assistant(before.text(), before.thinking() + message.thinking(), all));
    } else {
      messages.add(message);
    }
  }

  private ChatMessage.Assistant assistant(RequestObject message, String content) {
    message.skip("refusal", "annotations", "prefix");
    List<ToolCall> called = new ArrayList<>();
    for (RequestObject call : message.objects("tool_calls")) {
      call.skip("type", "index");
      called.add(call(call.text("id"), call.requiredObject("function")));
    }
    RequestObject function = message.object("function_call");
    if (function != null) {
      called.add(call(null, function));
    }
    ChatMessage.Assistant answer = asWritten(content, takeThinking() + thinking(message), called);
    unanswered.addAll(answer.toolCalls());
    return answer;
  }

  private String takeThinking() {
    String taken = thinking;
    thinking = "";
    return taken;
  }

  /** Adds thinking that belongs to the next message of the assistant. */
  void addThinking(String text) {
    thinking += text;
  }

  /** Adds a call that is a message of its own. */
  void addCall(@Nullable String id, RequestObject function) {
    ToolCall call = call(id, function);
    unanswered.add(call);
    add(new ChatMessage.Assistant("", takeThinking(), List.of(call)));
  }

  private static String thinking(RequestObject message) {
    for (String member : List.of("thinking", "reasoning_content", "reasoning")) {
      JsonNode thinking = message.value(member);
      if (thinking != null && thinking.isString()) {
        return message.requiredText(member);
      }
    }
    return "";
  }

  private ToolCall call(@Nullable String id, RequestObject function) {
    function.skip("index");
    String name = function.requiredText("name");
    if (name.isEmpty()) {
      throw RequestException.badParameter(
          function.name("name"), function.name("name") + " must not be empty");
    }
    return new ToolCall(id != null ? id : nextId(), name, CallArguments.read(function));
  }

  /**
   * Returns an id for a call without one, different from the ids of all other calls of the
   * conversation.
   */
  private String nextId() {
    return "call_" + calls++;
  }

  /** Parses an answer that was sent to the client as the model wrote it, and is now sent back. */
  private ChatMessage.Assistant asWritten(String content, String thinking, List<ToolCall> called) {
    String begin = content.stripLeading();
    boolean thinksFirst = THINKING.stream().anyMatch(tags -> begin.startsWith(tags.opener()));
    boolean startsInThinking = // the prompt ended with the opening tag
        !thinksFirst
            && THINKING.stream()
                .map(ThinkingTags::closer)
                .anyMatch(end -> content.startsWith(end) || content.contains("\n" + end));
    ParserOptions reading =
        ParserOptions.builder()
            .startsInThinking(startsInThinking)
            .callIdPrefix("call_" + calls + "_")
            .build();
    CollectedAnswer read = new CollectedAnswer();
    ChatParser.parse(reading, content).forEach(read::add);
    if (read.thinking().isEmpty() && read.toolCalls().isEmpty()) {
      return new ChatMessage.Assistant(content, thinking, called);
    }
    calls++;
    called.addAll(read.toolCalls());
    return new ChatMessage.Assistant(read.text().strip(), thinking + read.thinking(), called);
  }

  private ChatMessage toolResult(RequestObject message, String content) {
    String id = message.text("tool_call_id");
    String toolName = message.text("tool_name");
    String otherName = message.text("name");
    return toolResult(id, toolName != null ? toolName : otherName, content);
  }

  private ChatMessage toolResult(@Nullable String id, @Nullable String name, String content) {
    ToolCall call = callFor(id, name);
    if (call != null) {
      return new ChatMessage.ToolResult(call.id(), call.name(), content);
    }
    return new ChatMessage.ToolResult(
        id != null ? id : nextId(), name != null ? name : "", content);
  }

  /** Adds the result of the call with an id. */
  void addResult(String id, String content) {
    messages.add(toolResult(id, null, content));
  }

  /**
   * Returns the call to which a result belongs: by its id, or else the oldest call of the given
   * name, if there is one.
   */
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
