package io.rkllm.examples.server.rkllama;

import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.chat.CollectedAnswer;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.StreamFormat;
import io.rkllm.tools.event.ChatEvent;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An answer in RKLLama's format, token by token or as a whole. */
final class TokenStream implements StreamFormat {

  static ObjectNode response(CollectedAnswer answer, AnswerEnd end) {
    ObjectNode json =
        Json.object()
            .put("response", answer.textWithCalls())
            .put("tokens_generated", end.newTokens())
            .put("tokens_per_second", speed(end));
    return answer.thinking().isEmpty() ? json : json.put("thinking", answer.thinking());
  }

  private static double speed(AnswerEnd end) {
    return Math.round(end.stats().tokensPerSecond() * 10) / 10.0;
  }

  @Override
  public Framing framing() {
    return Framing.SSE;
  }

  @Override
  public List<JsonNode> event(ChatEvent event) {
    return switch (event) {
      case ChatEvent.TextDelta delta -> token(delta.text(), false);
      case ChatEvent.ThinkingDelta delta -> token(delta.text(), true);
      default -> token(event.raw(), false); // tool calls, as the model writes them
    };
  }

  private static List<JsonNode> token(String text, boolean thinking) {
    return text.isEmpty()
        ? List.of()
        : List.of(Json.object().put("token", text).put("thinking", thinking));
  }

  @Override
  public List<JsonNode> end(AnswerEnd end) {
    return List.of(
        Json.object().put("token", "").put("finish", true).put("tokens_per_second", speed(end)));
  }

  @Override
  public List<JsonNode> failure(RequestException error) {
    return List.of(Json.object().put("error", error.message()));
  }
}
