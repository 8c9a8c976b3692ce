package io.rkllm.examples.server.openai;

import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.StreamFormat;
import io.rkllm.examples.server.http.TextPiece;
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
  private final TextPiece content = piece("content");
  private final TextPiece reasoning = piece("reasoning_content");
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

  private TextPiece piece(String member) {
    return new TextPiece(text -> chunk(Json.object().put(member, text), null));
  }

  @Override
  public @Nullable String prepared(ChatEvent event) {
    if (completion.asWritten()) {
      return event.raw().isEmpty() ? null : content.line(event.raw());
    }
    return switch (event) {
      case ChatEvent.TextDelta delta -> content.line(delta.text());
      case ChatEvent.ThinkingDelta delta -> reasoning.line(delta.text());
      case ChatEvent.MalformedToolCall malformed -> content.line(malformed.text());
      default -> null;
    };
  }

  @Override
  public List<JsonNode> event(ChatEvent event) {
    if (completion.asWritten() || !(event instanceof ChatEvent.ToolCallCompleted completed)) {
      return List.of();
    }
    ObjectNode delta = Json.object();
    ObjectNode call = ChatCompletion.toolCall(completed.call()).put("index", calls++);
    delta.putArray("tool_calls").add(call);
    return List.of(chunk(delta, null));
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
  public List<JsonNode> failure(RequestException error) {
    return List.of(Errors.of(error));
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
