package io.rkllm.examples.server.openai;

import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.StreamFormat;
import io.rkllm.tools.event.ChatEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A chat completion as a stream of chunks. */
final class ChatCompletionChunks implements StreamFormat {
  private final ChatCompletion completion;

  ChatCompletionChunks(ChatCompletion completion) {
    this.completion = completion;
  }

  @Override
  public Framing framing() {
    return Framing.SSE;
  }

  @Override
  public List<JsonNode> begin() {
    return List.of(chunk(Json.object().put("role", "assistant").put("content", ""), null));
  }

  @Override
  public List<JsonNode> event(ChatEvent event) {
    return switch (event) {
      case ChatEvent.TextDelta delta -> delta(Json.object().put("content", delta.text()));
      case ChatEvent.ThinkingDelta delta ->
          delta(Json.object().put("reasoning_content", delta.text()));
      case ChatEvent.ToolCallStarted call -> {
        ObjectNode json =
            Json.object().put("index", call.index()).put("id", call.id()).put("type", "function");
        json.putObject("function").put("name", call.name()).put("arguments", "");
        yield toolCall(json);
      }
      case ChatEvent.ArgumentsDelta delta -> {
        ObjectNode json = Json.object().put("index", delta.index());
        json.putObject("function").put("arguments", delta.json());
        yield toolCall(json);
      }
      case ChatEvent.MalformedToolCall malformed ->
          delta(Json.object().put("content", malformed.text()));
      case ChatEvent.ToolCallCompleted _, ChatEvent.Finished _ -> List.of();
    };
  }

  @Override
  public List<JsonNode> end(AnswerEnd end) {
    List<JsonNode> chunks = new ArrayList<>();
    ObjectNode last = chunk(Json.object(), ChatCompletion.finishReason(end));
    last.set("timings", ChatCompletion.timings(end));
    chunks.add(last);
    if (completion.request().includeUsage()) {
      ObjectNode usage = completion.object("chat.completion.chunk");
      usage.putArray("choices");
      usage.set("usage", ChatCompletion.usage(end));
      chunks.add(usage);
    }
    return chunks;
  }

  @Override
  public String trailer() {
    return "data: [DONE]\n\n";
  }

  @Override
  public JsonNode failure(RequestException error) {
    return Errors.of(error);
  }

  private List<JsonNode> toolCall(ObjectNode call) {
    ObjectNode delta = Json.object();
    delta.putArray("tool_calls").add(call);
    return delta(delta);
  }

  private List<JsonNode> delta(ObjectNode delta) {
    return List.of(chunk(delta, null));
  }

  private ObjectNode chunk(ObjectNode delta, @Nullable String finishReason) {
    ObjectNode chunk = completion.object("chat.completion.chunk");
    ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
    choice.set("delta", delta);
    choice.putNull("logprobs").put("finish_reason", finishReason);
    if (completion.request().includeUsage()) {
      chunk.putNull("usage");
    }
    return chunk;
  }
}
