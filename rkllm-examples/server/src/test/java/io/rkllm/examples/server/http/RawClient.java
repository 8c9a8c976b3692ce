package io.rkllm.examples.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A client that does what well-kept ones do not. */
final class RawClient implements AutoCloseable {
  private final Socket socket;

  RawClient(URI server) throws IOException {
    socket = new Socket(server.getHost(), server.getPort());
    socket.setTcpNoDelay(true);
  }

  /** Sends bytes as they are. */
  RawClient send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** Posts JSON. */
  RawClient post(String path, String json) throws IOException {
    return send(
        "POST "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
            + json.getBytes(StandardCharsets.UTF_8).length
            + "\r\n\r\n"
            + json);
  }

  /** Asks for a chat completion. */
  RawClient ask(String model, String question, boolean stream) throws IOException {
    return post(
        "/v1/chat/completions",
        "{\"model\":\"%s\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
            .formatted(model, stream, question));
  }

  /** Reads until this text has come; gives all that came. */
  String readUntil(String text) throws IOException {
    StringBuilder read = new StringBuilder();
    InputStream in = socket.getInputStream();
    for (int b = in.read(); b >= 0; b = in.read()) {
      read.append((char) b);
      if (read.length() >= text.length()
          && read.indexOf(text, read.length() - text.length()) >= 0) {
        break;
      }
    }
    return read.toString();
  }

  /** Reads to the end of the connection. */
  String readAll() throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Closes the sending side only, and still reads. */
  RawClient closeSendingSide() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Goes without a word: the other side gets a reset. */
  void vanish() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
