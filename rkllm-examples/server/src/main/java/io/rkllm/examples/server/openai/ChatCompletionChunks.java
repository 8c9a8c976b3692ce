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

/**
 * A chat completion as a stream of chunks. A tool call is sent when it is complete, because text
 * that looks like the beginning of a call may turn out not to be one, and clients could not discard
 * a partial call. Used by one thread.
 */
final class ChatCompletionChunks implements StreamFormat {
  private final ChatCompletion completion;
  private int calls;

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
    if (completion.asWritten()) {
      return event.raw().isEmpty() ? List.of() : text("content", event.raw());
    }
    return switch (event) {
      case ChatEvent.TextDelta delta -> text("content", delta.text());
      case ChatEvent.ThinkingDelta delta -> text("reasoning_content", delta.text());
      case ChatEvent.ToolCallCompleted completed -> {
        ObjectNode delta = Json.object();
        ObjectNode call = ChatCompletion.toolCall(completed.call()).put("index", calls++);
        delta.putArray("tool_calls").add(call);
        yield List.of(chunk(delta, null));
      }
      case ChatEvent.MalformedToolCall malformed -> text("content", malformed.text());
      case ChatEvent.ToolCallStarted _, ChatEvent.ArgumentsDelta _, ChatEvent.Finished _ ->
          List.of();
    };
  }

  private List<JsonNode> text(String member, String text) {
    return List.of(chunk(Json.object().put(member, text), null));
  }

  @Override
  public List<JsonNode> end(AnswerEnd end) {
    List<JsonNode> chunks = new ArrayList<>();
    ObjectNode last = chunk(Json.object(), completion.finishReason(end));
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
