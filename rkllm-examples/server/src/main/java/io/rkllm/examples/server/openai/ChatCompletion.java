package io.rkllm.examples.server.openai;

import io.rkllm.chat.ToolCall;
import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.chat.CollectedAnswer;
import io.rkllm.examples.server.http.Json;
import java.time.Instant;
import java.util.UUID;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A chat completion: the members that all its objects share, and the complete response. */
final class ChatCompletion {
  private final ChatCompletionRequest request;
  private final boolean asWritten;
  private final String id = "chatcmpl-" + UUID.randomUUID().toString().replace("-", "");
  private final long created = Instant.now().getEpochSecond();

  /**
   * Creates a completion.
   *
   * @param asWritten whether the content is everything that the model writes, including the tags of
   *     thinking and tool calls, as in the vendor's server
   */
  ChatCompletion(ChatCompletionRequest request, boolean asWritten) {
    this.request = request;
    this.asWritten = asWritten;
  }

  boolean asWritten() {
    return asWritten;
  }

  ChatCompletionRequest request() {
    return request;
  }

  ObjectNode object(String kind) {
    return Json.object()
        .put("id", id)
        .put("object", kind)
        .put("created", created)
        .put("model", request.chat().model());
  }

  ObjectNode response(CollectedAnswer answer, AnswerEnd end) {
    ObjectNode completion = object("chat.completion");
    ObjectNode choice = completion.putArray("choices").addObject().put("index", 0);
    ObjectNode message = choice.putObject("message").put("role", "assistant");
    message.putNull("refusal");
    if (asWritten) {
      message.put("content", answer.raw());
    } else {
      putParts(answer, message);
    }
    choice.putNull("logprobs").put("finish_reason", finishReason(end));
    completion.set("usage", usage(end));
    completion.set("timings", timings(end));
    return completion;
  }

  private static void putParts(CollectedAnswer answer, ObjectNode message) {
    boolean callsOnly = answer.text().isEmpty() && !answer.toolCalls().isEmpty();
    message.put("content", callsOnly ? null : answer.text());
    if (!answer.thinking().isEmpty()) {
      message.put("reasoning_content", answer.thinking());
    }
    if (!answer.toolCalls().isEmpty()) {
      ArrayNode calls = message.putArray("tool_calls");
      answer.toolCalls().forEach(call -> calls.add(toolCall(call)));
    }
  }

  static ObjectNode toolCall(ToolCall call) {
    ObjectNode json = Json.object().put("id", call.id()).put("type", "function");
    json.putObject("function").put("name", call.name()).put("arguments", call.arguments());
    return json;
  }

  String finishReason(AnswerEnd end) {
    return switch (end.reason()) {
      case STOP, CANCELLED -> "stop";
      case LENGTH -> "length";
      case TOOL_CALLS -> asWritten ? "stop" : "tool_calls";
    };
  }

  static ObjectNode usage(AnswerEnd end) {
    return Json.object()
        .put("prompt_tokens", end.promptTokens())
        .put("completion_tokens", end.newTokens())
        .put("total_tokens", end.promptTokens() + end.newTokens());
  }

  /** Returns statistics that OpenAI's API does not define, by their names in llama.cpp. */
  static ObjectNode timings(AnswerEnd end) {
    return Json.object()
        .put("prompt_n", end.stats().prefillTokens().orElse(0))
        .put("prompt_ms", end.stats().timeToFirstToken().toNanos() / 1e6)
        .put("predicted_n", end.newTokens())
        .put("predicted_ms", end.stats().decodeTime().toNanos() / 1e6)
        .put("predicted_per_second", end.stats().tokensPerSecond());
  }
}
