package io.rkllm.examples.server.openai;

import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.chat.CollectedAnswer;
import io.rkllm.examples.server.http.Json;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** A text completion: the members that all its objects share, and the complete response. */
final class TextCompletion {
  private final TextCompletionRequest request;
  private final String id = "cmpl-" + UUID.randomUUID().toString().replace("-", "");
  private final long created = Instant.now().getEpochSecond();

  TextCompletion(TextCompletionRequest request) {
    this.request = request;
  }

  TextCompletionRequest request() {
    return request;
  }

  ObjectNode object() {
    return Json.object()
        .put("id", id)
        .put("object", "text_completion")
        .put("created", created)
        .put("model", request.completion().model());
  }

  ObjectNode object(String text, @Nullable String finishReason) {
    ObjectNode object = object();
    object
        .putArray("choices")
        .addObject()
        .put("text", text)
        .put("index", 0)
        .putNull("logprobs")
        .put("finish_reason", finishReason);
    return object;
  }

  /** Returns the complete response. The text is as the model wrote it, including tags. */
  ObjectNode response(CollectedAnswer answer, AnswerEnd end) {
    ObjectNode completion = object(answer.raw(), finishReason(end));
    completion.set("usage", ChatCompletion.usage(end));
    completion.set("timings", ChatCompletion.timings(end));
    return completion;
  }

  static String finishReason(AnswerEnd end) {
    return end.reason() == AnswerEnd.Reason.LENGTH ? "length" : "stop";
  }
}
