package io.rkllm.examples.server.http;

import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.tools.event.ChatEvent;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** How a dialect tells an answer piece by piece. One for each answer, used by one thread. */
public interface StreamFormat {

  /** How pieces are framed. */
  enum Framing {
    /** Server-sent events. */
    SSE("text/event-stream; charset=utf-8", "data: ", "\n\n", ": wait\n\n"),
    /** A line for each; a blank before JSON is not part of it. */
    NDJSON("application/x-ndjson; charset=utf-8", "", "\n", " "),
    /** Each followed by an empty line, as the vendor's demonstration sends them. */
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
  }

  /** How its pieces are framed. */
  Framing framing();

  /** What comes before the first event; mostly nothing. */
  default List<JsonNode> begin() {
    return List.of();
  }

  /** What an event becomes; mostly one piece or none. */
  List<JsonNode> event(ChatEvent event);

  /** What comes after the last event. */
  List<JsonNode> end(AnswerEnd end);

  /** What follows all pieces as it is, such as {@code [DONE]}; empty for nothing. */
  default String trailer() {
    return "";
  }

  /** A failure after the answer has begun. */
  JsonNode failure(RequestException error);
}
