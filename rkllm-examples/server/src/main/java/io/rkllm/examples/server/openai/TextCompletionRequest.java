package io.rkllm.examples.server.openai;

import io.rkllm.examples.server.chat.CompletionRequest;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import tools.jackson.databind.JsonNode;

/**
 * A request to continue a text.
 *
 * @param completion the text
 * @param stream whether the answer is sent while it is generated
 * @param includeUsage whether a stream ends with the token counts
 */
record TextCompletionRequest(CompletionRequest completion, boolean stream, boolean includeUsage) {

  static TextCompletionRequest read(RequestObject body) {
    rejectUnsupported(body);
    String model = body.requiredText("model");
    RequestObject streaming = body.object("stream_options");
    return new TextCompletionRequest(
        new CompletionRequest(
            model,
            prompt(body),
            SamplingParameters.read(body, "max_completion_tokens", "max_tokens")),
        Boolean.TRUE.equals(body.flag("stream")),
        streaming != null && Boolean.TRUE.equals(streaming.flag("include_usage")));
  }

  private static String prompt(RequestObject body) {
    JsonNode prompt = body.value("prompt");
    if (prompt == null) {
      throw body.missing("prompt");
    }
    if (prompt.isArray() && prompt.size() == 1) {
      prompt = prompt.get(0);
    }
    if (!prompt.isString() || prompt.stringValue().isEmpty()) {
      throw RequestException.badParameter(
          "prompt", "prompt must be a string that is not empty, or an array of one such string");
    }
    return body.texts("prompt").getFirst();
  }

  private static void rejectUnsupported(RequestObject body) {
    String suffix = body.text("suffix");
    if (suffix != null && !suffix.isEmpty()) {
      throw RequestException.unsupported(
          "suffix", "suffix: the model continues a text, it cannot fill a gap in one");
    }
    if (Boolean.TRUE.equals(body.flag("echo"))) {
      throw RequestException.unsupported(
          "echo", "echo must be false: put the prompt before the answer yourself");
    }
    Integer bestOf = body.integer("best_of", 1, 20);
    if (bestOf != null && bestOf > 1) {
      throw RequestException.unsupported(
          "best_of", "best_of must be 1: one answer is generated at a time");
    }
  }
}
