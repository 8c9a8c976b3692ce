package io.rkllm.examples.server.vendor;

import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.chat.CollectedAnswer;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.StreamFormat;
import io.rkllm.tools.event.ChatEvent;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An answer in the vendor's format, as a whole or in pieces. A piece contains a single choice,
 * whereas the vendor's pieces repeat all earlier choices, of which clients read the last.
 */
final class VendorAnswer implements StreamFormat {
  private final long created = Instant.now().getEpochSecond();
  private final String model;
  private final int index;

  /**
   * Creates an answer.
   *
   * @param index the zero-based index of the message that it answers in the request
   */
  VendorAnswer(String model, int index) {
    this.model = model;
    this.index = index;
  }

  ObjectNode response(CollectedAnswer answer, AnswerEnd end) {
    return usage(object("message", answer.raw(), finishReason(end)), end);
  }

  @Override
  public Framing framing() {
    return Framing.BLANK_LINES;
  }

  @Override
  public List<JsonNode> event(ChatEvent event) {
    return event.raw().isEmpty() ? List.of() : List.of(object("delta", event.raw(), null));
  }

  /** Returns a piece without text, since clients ignore the text of the last piece. */
  @Override
  public List<JsonNode> end(AnswerEnd end) {
    return List.of(usage(object("delta", "", finishReason(end)), end));
  }

  @Override
  public List<JsonNode> failure(RequestException error) {
    return List.of(VendorDialect.errorJson(error));
  }

  private ObjectNode object(String part, String content, @Nullable String finishReason) {
    ObjectNode json =
        Json.object()
            .put("id", "rkllm_chat")
            .put("object", "rkllm_chat")
            .put("created", created)
            .put("model", model);
    ObjectNode choice = json.putArray("choices").addObject().put("index", index);
    choice.putObject(part).put("role", "assistant").put("content", content);
    choice.putNull("logprobs").put("finish_reason", finishReason);
    json.putObject("usage")
        .putNull("prompt_tokens")
        .putNull("completion_tokens")
        .putNull("total_tokens");
    return json;
  }

  private static ObjectNode usage(ObjectNode json, AnswerEnd end) {
    json.putObject("usage")
        .put("prompt_tokens", end.promptTokens())
        .put("completion_tokens", end.newTokens())
        .put("total_tokens", end.promptTokens() + end.newTokens());
    return json;
  }

  private static String finishReason(AnswerEnd end) {
    return end.reason() == AnswerEnd.Reason.LENGTH ? "length" : "stop";
  }
}
