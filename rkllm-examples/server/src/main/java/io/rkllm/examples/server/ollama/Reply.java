package io.rkllm.examples.server.ollama;

import io.rkllm.chat.ToolCall;
import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.chat.CollectedAnswer;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.StreamFormat;
import io.rkllm.tools.event.ChatEvent;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The response to one request, as a whole or in pieces. Each piece has the form of a complete
 * response. Used by one thread.
 */
abstract class Reply implements StreamFormat {
  private final String model;

  private Reply(String model) {
    this.model = model;
  }

  /** Returns a reply to {@code /api/chat}. */
  static Reply chat(String model) {
    return new Chat(model);
  }

  /** Returns a reply to {@code /api/generate}. */
  static Reply generate(String model) {
    return new Generate(model);
  }

  /**
   * Returns a reply to {@code /api/generate} with {@code raw}, containing the text as the model
   * wrote it.
   */
  static Reply raw(String model) {
    return new Raw(model);
  }

  /** Returns the whole answer. */
  abstract ObjectNode whole(CollectedAnswer answer);

  /** Returns a piece with a text and with thinking. */
  abstract ObjectNode say(String text, String thinking);

  final ObjectNode empty() {
    return Json.object().put("model", model).put("created_at", Instant.now().toString());
  }

  /** Returns the last piece, which has no text. */
  final ObjectNode done(String reason) {
    return say("", "").put("done", true).put("done_reason", reason);
  }

  final ObjectNode response(CollectedAnswer answer, AnswerEnd end) {
    return ReplyMetrics.add(whole(answer).put("done", true).put("done_reason", reason(end)), end);
  }

  private static String reason(AnswerEnd end) {
    return end.reason() == AnswerEnd.Reason.LENGTH ? "length" : "stop";
  }

  @Override
  public final Framing framing() {
    return Framing.NDJSON;
  }

  @Override
  public final List<JsonNode> end(AnswerEnd end) {
    return List.of(ReplyMetrics.add(done(reason(end)), end));
  }

  @Override
  public final List<JsonNode> failure(RequestException error) {
    return List.of(OllamaDialect.errorJson(error));
  }

  final List<JsonNode> piece(ObjectNode said) {
    return List.of(said.put("done", false));
  }

  private static final class Chat extends Reply {
    private int sentCalls;

    private Chat(String model) {
      super(model);
    }

    @Override
    ObjectNode whole(CollectedAnswer answer) {
      return message(answer.text(), answer.thinking(), answer.toolCalls());
    }

    @Override
    ObjectNode say(String text, String thinking) {
      return message(text, thinking, List.of());
    }

    private ObjectNode message(String text, String thinking, List<ToolCall> calls) {
      ObjectNode reply = empty();
      ObjectNode message = reply.putObject("message").put("role", "assistant").put("content", text);
      if (!thinking.isEmpty()) {
        message.put("thinking", thinking);
      }
      if (!calls.isEmpty()) {
        var list = message.putArray("tool_calls");
        for (ToolCall call : calls) {
          list.addObject()
              .put("id", call.id())
              .putObject("function")
              .put("index", sentCalls++) // from which clients distinguish parallel calls
              .put("name", call.name())
              .set("arguments", Json.written(call.arguments()));
        }
      }
      return reply;
    }

    @Override
    public List<JsonNode> event(ChatEvent event) {
      return switch (event) {
        case ChatEvent.TextDelta delta -> piece(say(delta.text(), ""));
        case ChatEvent.ThinkingDelta delta -> piece(say("", delta.text()));
        case ChatEvent.ToolCallCompleted completed ->
            piece(message("", "", List.of(completed.call())));
        case ChatEvent.MalformedToolCall malformed -> piece(say(malformed.text(), ""));
        case ChatEvent.ToolCallStarted _, ChatEvent.ArgumentsDelta _, ChatEvent.Finished _ ->
            List.of();
      };
    }
  }

  private static class Generate extends Reply {
    private Generate(String model) {
      super(model);
    }

    @Override
    ObjectNode whole(CollectedAnswer answer) {
      return say(answer.textWithCalls(), answer.thinking());
    }

    @Override
    ObjectNode say(String text, String thinking) {
      ObjectNode reply = empty().put("response", text);
      return thinking.isEmpty() ? reply : reply.put("thinking", thinking);
    }

    @Override
    public List<JsonNode> event(ChatEvent event) {
      return switch (event) {
        case ChatEvent.TextDelta delta -> piece(say(delta.text(), ""));
        case ChatEvent.ThinkingDelta delta -> piece(say("", delta.text()));
        default -> asWritten(event); // tool calls, although no tools were declared
      };
    }

    final List<JsonNode> asWritten(ChatEvent event) {
      return event.raw().isEmpty() ? List.of() : piece(say(event.raw(), ""));
    }
  }

  private static final class Raw extends Generate {
    private Raw(String model) {
      super(model);
    }

    @Override
    ObjectNode whole(CollectedAnswer answer) {
      return say(answer.raw(), "");
    }

    @Override
    public List<JsonNode> event(ChatEvent event) {
      return asWritten(event);
    }
  }
}
