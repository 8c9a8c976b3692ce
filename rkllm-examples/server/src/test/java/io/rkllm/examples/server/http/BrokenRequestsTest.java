package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests that are not HTTP, or whose bodies are slow, broken or cut off. */
@Timeout(60)
final class BrokenRequestsTest {
  private static final String POST =
      "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

  @TempDir Path folder;
  private SimulatedServer server;

  @BeforeEach
  void start() {
    server =
        SimulatedServer.start(
            folder,
            options -> options.idleTimeout(Duration.ofSeconds(3)).maxBody(100_000),
            options -> options);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private String answer(String request) throws Exception {
    try (RawClient client = new RawClient(server.server().address()).send(request)) {
      return client.readAll();
    }
  }

  /** Sends a request and closes the sending side only, as a client that is cut off. */
  private String answerToHalf(String request) throws Exception {
    try (Socket socket =
        new Socket(server.server().address().getHost(), server.server().address().getPort())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void assertRefused(String response, int status) {
    assertThat(response)
        .startsWith("HTTP/1.1 " + status)
        .containsIgnoringCase("content-type: application/json")
        .contains("{\"error\":")
        .doesNotContain("Exception", "etty", "<html", "\tat ");
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions",
    "/api/chat",
    "/generate",
    "/rkllm_chat",
  })
  void invalidChunks_are400InTheDialect(String path) throws Exception {
    String response =
        answer(
            POST.formatted(path) + "Transfer-Encoding: chunked\r\n\r\nzz\r\nnonsense\r\n0\r\n\r\n");

    if (path.equals("/rkllm_chat")) {
      assertThat(response).startsWith("HTTP/1.1 400").contains("{").doesNotContain("etty");
    } else {
      assertRefused(response, 400);
    }
  }

  @Test
  void body_thatIsCutOff_is400() throws Exception {
    assertRefused(
        answerToHalf(POST.formatted("/v1/chat/completions") + "Content-Length: 100\r\n\r\n{\"a"),
        400);
  }

  @Test
  void body_thatStalls_isRefusedAsTooSlow() throws Exception {
    String response =
        answer(POST.formatted("/v1/chat/completions") + "Content-Length: 100\r\n\r\n{\"a");

    assertThat(response).startsWith("HTTP/1.1 408").contains("not received in time");
  }

  @ParameterizedTest
  @CsvSource({"''", "'Expect: 100-continue\r\n'"})
  void body_thatDeclaresItselfTooLarge_is413BeforeItIsSent(String header) throws Exception {
    assertRefused(
        answer(POST.formatted("/v1/chat/completions") + header + "Content-Length: 100001\r\n\r\n"),
        413);
  }

  @Test
  void body_asLargeAsAllowed_isRead() throws Exception {
    String json = "{\"model\":\"none\"," + " ".repeat(99_900) + "\"messages\":[]}";
    String body = json + " ".repeat(100_000 - json.length());
    assertRefused(
        answer(
            POST.formatted("/v1/chat/completions")
                + "Connection: close\r\nContent-Length: 100000\r\n\r\n"
                + body),
        400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Content-Encoding: gzip",
        "Content-Encoding: identity, gzip",
        "Content-Encoding: identity~Content-Encoding: gzip",
      })
  void body_compressed_is415(String headers) throws Exception {
    assertRefused(
        answer(
            POST.formatted("/v1/chat/completions")
                + headers.replace("~", "\r\n")
                + "\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"),
        415);
  }

  @Test
  void body_thatIsTooLarge_withoutALength_is413() throws Exception {
    String chunk = "8000\r\n" + "x".repeat(0x8000) + "\r\n";
    assertRefused(
        answer(
            POST.formatted("/v1/chat/completions")
                + "Transfer-Encoding: chunked\r\n\r\n"
                + chunk.repeat(5)
                + "0\r\n\r\n"),
        413);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nonsense|400",
        "GET / HTTP/9.9|505",
        "GET /v1/models HTTP/1.1|400", // without Host
        "GET /v1/%zz HTTP/1.1~Host: localhost~Connection: close|400",
        "GET /v1/a/%2e%2e/b HTTP/1.1~Host: localhost~Connection: close|404",
        "DELETE /v1/a%2fb HTTP/1.1~Host: localhost~Connection: close|404",
        "GET /api/tags HTTP/1.1~Host: localhost~Content-Length: x|400",
      })
  void request_notHttp_isRejectedInJson(String head, int status) throws Exception {
    assertRefused(answer(head.replace("~", "\r\n") + "\r\n\r\n"), status);
  }

  @Test
  void headers_tooLarge_areRefusedInJson() throws Exception {
    assertRefused(
        answer(
            "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(50_000) + "\r\n\r\n"),
        431);
  }

  @Test
  void metrics_countThemAsErrorsOfClients() throws Exception {
    answerToHalf(POST.formatted("/api/chat") + "Content-Length: 100\r\n\r\n{\"a");
    answer(POST.formatted("/api/chat") + "Transfer-Encoding: chunked\r\n\r\nzz\r\n0\r\n\r\n");
    answer(POST.formatted("/api/chat") + "Content-Length: 100\r\n\r\n{\"a");

    assertThat(server.get("/metrics").body())
        .contains("rkllm_requests_refused_total{code=\"http_400\"}")
        .doesNotContain("internal_error"); // which is logged with a stack trace
  }
}
