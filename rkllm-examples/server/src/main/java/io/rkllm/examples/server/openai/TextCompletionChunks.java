package io.rkllm.examples.server.openai;

import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.StreamFormat;
import io.rkllm.tools.event.ChatEvent;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A text completion as a stream of chunks. */
final class TextCompletionChunks implements StreamFormat {
  private final TextCompletion completion;

  TextCompletionChunks(TextCompletion completion) {
    this.completion = completion;
  }

  @Override
  public Framing framing() {
    return Framing.SSE;
  }

  @Override
  public List<JsonNode> event(ChatEvent event) {
    return event.raw().isEmpty() ? List.of() : List.of(chunk(completion.object(event.raw(), null)));
  }

  @Override
  public List<JsonNode> end(AnswerEnd end) {
    List<JsonNode> chunks = new ArrayList<>();
    ObjectNode last = chunk(completion.object("", TextCompletion.finishReason(end)));
    last.set("timings", ChatCompletion.timings(end));
    chunks.add(last);
    if (completion.request().includeUsage()) {
      ObjectNode usage = completion.object();
      usage.putArray("choices");
      usage.set("usage", ChatCompletion.usage(end));
      chunks.add(usage);
    }
    return chunks;
  }

  private ObjectNode chunk(ObjectNode chunk) {
    return completion.request().includeUsage() ? chunk.putNull("usage") : chunk;
  }

  @Override
  public String trailer() {
    return "data: [DONE]\n\n";
  }

  @Override
  public List<JsonNode> failure(RequestException error) {
    return List.of(Errors.of(error));
  }
}
