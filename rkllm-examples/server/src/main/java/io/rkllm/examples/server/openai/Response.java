package io.rkllm.examples.server.openai;

import io.rkllm.chat.ToolCall;
import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.chat.CollectedAnswer;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A response of the Responses API: the object in its states, and the items of its output. */
final class Response {
  private final ResponseRequest request;
  private final String id = newId("resp_");
  private final long created = Instant.now().getEpochSecond();

  Response(ResponseRequest request) {
    this.request = request;
  }

  /** A kind of item that consists of a text. */
  enum TextItem {
    MESSAGE("message", "msg_", "output_text"),
    REASONING("reasoning", "rs_", "reasoning_text");

    final String type;
    final String idPrefix;
    final String partType;

    TextItem(String type, String idPrefix, String partType) {
      this.type = type;
      this.idPrefix = idPrefix;
      this.partType = partType;
    }

    /** Returns the item. Its content is empty until there is a text. */
    ObjectNode json(String id, String status, @Nullable String text) {
      ObjectNode item = Json.object().put("id", id).put("type", type).put("status", status);
      if (this == MESSAGE) {
        item.put("role", "assistant");
      } else {
        item.putArray("summary");
      }
      ArrayNode content = item.putArray("content");
      if (text != null) {
        content.add(part(text));
      }
      return item;
    }

    /** Returns the only part of the item. */
    ObjectNode part(String text) {
      ObjectNode part = Json.object().put("type", partType).put("text", text);
      if (this == MESSAGE) {
        part.putArray("annotations");
        part.putArray("logprobs");
      }
      return part;
    }
  }

  static String newId(String prefix) {
    return prefix + UUID.randomUUID().toString().replace("-", "");
  }

  static ObjectNode call(String id, ToolCall call, String status, String arguments) {
    return Json.object()
        .put("id", id)
        .put("type", "function_call")
        .put("status", status)
        .put("call_id", call.id())
        .put("name", call.name())
        .put("arguments", arguments);
  }

  /** Returns the complete response. */
  ObjectNode response(CollectedAnswer answer, AnswerEnd end) {
    ArrayNode output = Json.array();
    if (!answer.thinking().isEmpty()) {
      output.add(item(TextItem.REASONING, "completed", answer.thinking()));
    }
    if (!answer.text().isEmpty() || answer.toolCalls().isEmpty()) {
      output.add(item(TextItem.MESSAGE, status(end), answer.text()));
    }
    for (ToolCall call : answer.toolCalls()) {
      output.add(call(newId("fc_"), call, "completed", call.arguments()));
    }
    return ended(output, end);
  }

  private static ObjectNode item(TextItem kind, String status, String text) {
    return kind.json(newId(kind.idPrefix), status, text);
  }

  /** Returns the status of a response that has ended without an error. */
  static String status(AnswerEnd end) {
    return end.reason() == AnswerEnd.Reason.LENGTH ? "incomplete" : "completed";
  }

  ObjectNode inProgress() {
    return json("in_progress", Json.array());
  }

  ObjectNode ended(ArrayNode output, AnswerEnd end) {
    ObjectNode response = json(status(end), output);
    if (end.reason() == AnswerEnd.Reason.LENGTH) {
      response.putObject("incomplete_details").put("reason", "max_output_tokens");
    }
    ObjectNode usage =
        response
            .putObject("usage")
            .put("input_tokens", end.promptTokens())
            .put("output_tokens", end.newTokens())
            .put("total_tokens", end.promptTokens() + end.newTokens());
    usage.putObject("input_tokens_details").put("cached_tokens", 0).put("cache_write_tokens", 0);
    usage.putObject("output_tokens_details").put("reasoning_tokens", 0);
    response.set("timings", ChatCompletion.timings(end));
    return response;
  }

  ObjectNode failed(ArrayNode output, RequestException error) {
    ObjectNode response = json("failed", output);
    String code = error.status() >= 500 ? "server_error" : "invalid_prompt"; // clients know these
    response.putObject("error").put("code", code).put("message", error.message());
    return response;
  }

  private ObjectNode json(String status, ArrayNode output) {
    ObjectNode response =
        Json.object()
            .put("id", id)
            .put("object", "response")
            .put("created_at", created)
            .put("status", status)
            .put("model", request.chat().model())
            .put("background", false)
            .put("parallel_tool_calls", true)
            .put("store", false)
            .putNull("error")
            .putNull("incomplete_details")
            .putNull("previous_response_id")
            .putNull("usage");
    response.set("output", output);
    response.setAll(request.echoed());
    return response;
  }
}
