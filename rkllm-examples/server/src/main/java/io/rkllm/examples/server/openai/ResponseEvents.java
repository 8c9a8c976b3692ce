package io.rkllm.examples.server.openai;

import io.rkllm.chat.ToolCall;
import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.StreamFormat;
import io.rkllm.examples.server.openai.Response.TextItem;
import io.rkllm.tools.event.ChatEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A response of the Responses API as a stream of events. A tool call is sent when it is complete,
 * as in {@link ChatCompletionChunks}. Used by one thread.
 */
final class ResponseEvents implements StreamFormat {
  private final Response response;
  private final ArrayNode output = Json.array();
  private final List<JsonNode> events = new ArrayList<>(); // not yet taken
  private @Nullable OpenItem open;
  private int sequence;

  ResponseEvents(Response response) {
    this.response = response;
  }

  /** The item at the end of the output, whose text is still growing. */
  private static final class OpenItem {
    final TextItem kind;
    final String id;
    final StringBuilder text = new StringBuilder();

    OpenItem(TextItem kind) {
      this.kind = kind;
      this.id = Response.newId(kind.idPrefix);
    }
  }

  @Override
  public Framing framing() {
    return Framing.NAMED_SSE;
  }

  @Override
  public List<JsonNode> begin() {
    add("response.created").set("response", response.inProgress());
    add("response.in_progress").set("response", response.inProgress());
    return take();
  }

  @Override
  public List<JsonNode> event(ChatEvent event) {
    switch (event) {
      case ChatEvent.TextDelta delta -> addText(TextItem.MESSAGE, delta.text());
      case ChatEvent.ThinkingDelta delta -> addText(TextItem.REASONING, delta.text());
      case ChatEvent.MalformedToolCall malformed -> addText(TextItem.MESSAGE, malformed.text());
      case ChatEvent.ToolCallCompleted completed -> addCall(completed.call());
      case ChatEvent.ToolCallStarted _, ChatEvent.ArgumentsDelta _, ChatEvent.Finished _ -> {}
    }
    return take();
  }

  @Override
  public List<JsonNode> end(AnswerEnd end) {
    if (output.isEmpty() && open == null) {
      begin(TextItem.MESSAGE); // clients expect one
    }
    close(Response.status(end));
    add("response." + Response.status(end)).set("response", response.ended(output, end));
    return take();
  }

  @Override
  public List<JsonNode> failure(RequestException error) {
    close("incomplete");
    add("error")
        .put("code", error.code())
        .put("message", error.message())
        .put("param", error.parameter().orElse(null));
    add("response.failed").set("response", response.failed(output, error));
    return take();
  }

  private void addText(TextItem kind, String text) {
    if (text.isEmpty()) {
      return;
    }
    OpenItem item = open != null && open.kind == kind ? open : begin(kind);
    item.text.append(text);
    ObjectNode delta = addToPart("response." + kind.partType + ".delta", item);
    delta.put("delta", text);
    if (kind == TextItem.MESSAGE) {
      delta.putArray("logprobs");
    }
  }

  private OpenItem begin(TextItem kind) {
    close("completed");
    OpenItem item = new OpenItem(kind);
    open = item;
    addItem("response.output_item.added", kind.json(item.id, "in_progress", null));
    addToPart("response.content_part.added", item).set("part", kind.part(""));
    return item;
  }

  /** Ends the open item, if there is one. */
  private void close(String status) {
    OpenItem item = open;
    if (item == null) {
      return;
    }
    open = null;
    String text = item.text.toString();
    ObjectNode done = addToPart("response." + item.kind.partType + ".done", item);
    done.put("text", text);
    if (item.kind == TextItem.MESSAGE) {
      done.putArray("logprobs");
    }
    addToPart("response.content_part.done", item).set("part", item.kind.part(text));
    complete(item.kind.json(item.id, status, text));
  }

  private void addCall(ToolCall call) {
    close("completed");
    String id = Response.newId("fc_");
    addItem("response.output_item.added", Response.call(id, call, "in_progress", ""));
    addToItem("response.function_call_arguments.delta", id).put("delta", call.arguments());
    addToItem("response.function_call_arguments.done", id)
        .put("name", call.name())
        .put("arguments", call.arguments());
    complete(Response.call(id, call, "completed", call.arguments()));
  }

  private void complete(ObjectNode item) {
    addItem("response.output_item.done", item);
    output.add(item);
  }

  private void addItem(String type, ObjectNode item) {
    add(type).put("output_index", output.size()).set("item", item);
  }

  private ObjectNode addToPart(String type, OpenItem item) {
    return addToItem(type, item.id).put("content_index", 0);
  }

  private ObjectNode addToItem(String type, String id) {
    return add(type).put("item_id", id).put("output_index", output.size());
  }

  private ObjectNode add(String type) {
    ObjectNode event = Json.object().put("type", type).put("sequence_number", sequence++);
    events.add(event);
    return event;
  }

  private List<JsonNode> take() {
    List<JsonNode> taken = List.copyOf(events);
    events.clear();
    return taken;
  }
}
