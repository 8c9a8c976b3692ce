package io.rkllm.examples.server.http;

import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.tools.event.ChatEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The form of a streamed answer in a dialect. There is one instance for each answer, which is not
 * thread-safe.
 */
public interface StreamFormat {

  /** The framing of the pieces of a stream. */
  enum Framing {
    /** Server-sent events. */
    SSE("text/event-stream; charset=utf-8", "data: ", "\n\n", ": wait\n\n"),
    /** Server-sent events named by the member {@code type} of each piece; none are prepared. */
    NAMED_SSE("text/event-stream; charset=utf-8", "data: ", "\n\n", ": wait\n\n") {
      @Override
      String before(JsonNode piece) {
        return "event: " + piece.get("type").stringValue() + "\n" + before;
      }
    },
    /** One line for each piece; the space is insignificant whitespace before JSON. */
    NDJSON("application/x-ndjson; charset=utf-8", "", "\n", " "),
    /** An empty line after each piece, as the vendor's demonstration server sends them. */
    BLANK_LINES("text/plain; charset=utf-8", "", "\n\n", " ");

    final String contentType;
    final String before;
    final String after;
    final String heartbeat;

    Framing(String contentType, String before, String after, String heartbeat) {
      this.contentType = contentType;
      this.before = before;
      this.after = after;
      this.heartbeat = heartbeat;
    }

    /** Returns the text before a piece. */
    String before(JsonNode piece) {
      return before;
    }
  }

  /** Returns the framing of the pieces. */
  Framing framing();

  /** Returns the pieces before the first event; none by default. */
  default List<JsonNode> begin() {
    return List.of();
  }

  /** Returns the pieces for an event, usually one or none. */
  List<JsonNode> event(ChatEvent event);

  /**
   * Returns the only piece for an event as a line of JSON, or null if {@link #event} has to build
   * it. Most events are pieces of text, whose surroundings are always the same.
   */
  default @Nullable String prepared(ChatEvent event) {
    return null;
  }

  /** Returns the pieces after the last event. */
  List<JsonNode> end(AnswerEnd end);

  /** Returns text after all pieces, such as {@code [DONE]}; empty by default. */
  default String trailer() {
    return "";
  }

  /** Returns the pieces for an error after the answer has begun. */
  List<JsonNode> failure(RequestException error);
}
