package io.rkllm.examples.server.http;

import io.javalin.http.Context;
import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.tools.event.ChatEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Writes a streamed response. Used by one thread. */
final class StreamWriter {
  private final StreamFormat format;
  private final StreamFormat.Framing framing;
  private final OutputStream out;

  StreamWriter(Context context, StreamFormat format) throws IOException {
    this.format = format;
    this.framing = format.framing();
    this.out = open(context, framing.contentType);
  }

  /** Begins a streamed response. Nothing is sent before the first flush. */
  static OutputStream open(Context context, String contentType) throws IOException {
    context
        .status(200)
        .contentType(contentType)
        .header("Cache-Control", "no-store")
        .header("X-Accel-Buffering", "no"); // for nginx, which would buffer the response
    return context.res().getOutputStream(); // Javalin's own wrapper does not flush
  }

  void begin() throws IOException {
    write(format.begin());
    flush();
  }

  void event(ChatEvent event) throws IOException {
    String prepared = format.prepared(event);
    if (prepared == null) {
      write(format.event(event));
    } else {
      write(framing.before + prepared + framing.after);
    }
  }

  void heartbeat() throws IOException {
    write(framing.heartbeat);
  }

  void end(AnswerEnd end) throws IOException {
    write(format.end(end));
    write(format.trailer());
    flush();
  }

  void failure(RequestException error) throws IOException {
    write(format.failure(error));
    write(format.trailer());
    flush();
  }

  void flush() throws IOException {
    out.flush();
  }

  private void write(List<? extends JsonNode> pieces) throws IOException {
    for (JsonNode piece : pieces) {
      write(framing.before(piece) + Json.line(piece) + framing.after);
    }
  }

  private void write(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
