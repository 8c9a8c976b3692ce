package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.SimulatedServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Clients that go while nothing is sent to them, and such that do not read. */
@Timeout(60)
class DisconnectedClientsTest {
  private static final Duration HEARTBEAT = Duration.ofMillis(300);

  @TempDir Path folder;
  private SimulatedServer server;

  @BeforeEach
  void start() {
    server =
        SimulatedServer.start(
                folder,
                options -> options.heartbeat(HEARTBEAT).idleTimeout(Duration.ofSeconds(1)),
                options -> options)
            .with(
                "m",
                """
                when: slow
                prefill-ms: 2500
                say: at last

                when: long
                decode-ms: 2
                repeat: 3000 "tick "

                when: huge
                repeat: 3500 "0123456789012345678901234567890123456789012345678901234567890123456789 "

                when: quick
                say: here
                """);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void prefill_clientDisconnects_queueIsFreeWithinTwoHeartbeats(boolean stream) throws Exception {
    RawClient running = new RawClient(server.server().address()).ask("m", "slow", stream);
    awaitUnderWay(1);
    RawClient waiting = new RawClient(server.server().address()).ask("m", "long", stream);
    awaitUnderWay(2);

    waiting.close();
    running.vanish();

    await().atMost(HEARTBEAT.multipliedBy(2).plusMillis(300)).until(() -> underWay() == 0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clientDisconnectsDuringLoading_isDetectedWithinTwoHeartbeats(boolean stream)
      throws Exception {
    server.with("slow-to-load", "load-ms: 4000\nwhen: *\nsay: hi");
    RawClient first = new RawClient(server.server().address()).ask("slow-to-load", "x", stream);
    RawClient second = new RawClient(server.server().address()).ask("slow-to-load", "x", stream);
    awaitUnderWay(2);
    first.close();
    second.vanish();

    await().atMost(HEARTBEAT.multipliedBy(2).plusMillis(300)).until(() -> underWay() == 0);
    assertThat(server.server().engine().pool().loads()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void prefill_longerThanTheIdleTimeout_isStillAnswered(boolean stream) throws Exception {
    try (RawClient client = new RawClient(server.server().address()).ask("m", "slow", stream)) {
      assertThat(client.readUntil("last")).contains("200 OK").contains("last");
    }
  }

  /** It looks like one that has gone, until something is sent to it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void client_thatClosesItsSendingSideOnly_isAnswered(boolean stream) throws Exception {
    server.with("slow-to-load", "load-ms: 700\nwhen: *\nprefill-ms: 700\nsay: at last");
    try (RawClient client =
        new RawClient(server.server().address()).ask("slow-to-load", "x", stream)) {
      String response = client.closeSendingSide().readAll();

      assertThat(response.replaceFirst("^HTTP/1.1 100 Continue\r\n\r\n", ""))
          .startsWith("HTTP/1.1 200 OK")
          .contains("last");
    }
  }

  /** A proxy that speaks HTTP/1.0 reports in this way that its own client has gone. */
  @Test
  void http10Client_thatClosesItsSendingSide_countsAsDisconnected() throws Exception {
    String json = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"slow\"}]}";
    try (RawClient client =
        new RawClient(server.server().address())
            .send(
                "POST /v1/chat/completions HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s"
                    .formatted(json.length(), json))) {
      assertThat(client.closeSendingSide().readAll()).startsWith("HTTP/1.1 499");
    }
  }

  @Test
  void stream_whileItWaits_hasHeartbeats() throws Exception {
    try (RawClient client = new RawClient(server.server().address()).ask("m", "slow", true)) {
      String head = client.readUntil("\"role\"");
      assertThat(head).contains("text/event-stream");
      assertThat(client.readUntil("last")).contains(": wait\n\n");
    }
  }

  @Test
  void stream_stalledReader_doesNotBlockOthers() throws Exception {
    try (RawClient lazy = new RawClient(server.server().address()).ask("m", "huge", true)) {
      lazy.readUntil("0123456789");

      try (RawClient other = new RawClient(server.server().address()).ask("m", "quick", false)) {
        assertThat(other.readUntil("here")).contains("here");
      }
    }
    await().until(() -> underWay() == 0);
  }

  /** A stopped answer leaves the prompt in the cache, and only what follows it is processed. */
  @Test
  void chat_clientGoneMidAnswer_nextTurnReusesThePrefix() throws Exception {
    String told = "{\"role\":\"system\",\"content\":\"" + "Be kind. ".repeat(100) + "\"}";
    String question = "{\"role\":\"user\",\"content\":\"long\"}";
    String request = "{\"model\":\"m\",\"stream\":%s,\"messages\":[%s]}";
    for (int turn = 0; turn < 3; turn++) {
      RawClient client = new RawClient(server.server().address());
      client.post("/v1/chat/completions", request.formatted(true, told + "," + question));
      client.readUntil("tick");
      client.vanish();
      await().until(() -> underWay() == 0);
    }

    String answer = "{\"role\":\"assistant\",\"content\":\"tick tick\"}";
    String next = "{\"role\":\"user\",\"content\":\"quick\"}";
    JsonNode response =
        Json.MAPPER.readTree(
            server
                .post(
                    "/v1/chat/completions",
                    request.formatted(false, String.join(",", told, question, answer, next)))
                .body());

    assertThat(response.at("/choices/0/message/content").asString()).isEqualTo("here");
    assertThat(response.at("/usage/prompt_tokens").asInt()).isGreaterThan(200);
    assertThat(response.at("/timings/prompt_n").asInt()).isBetween(1, 60);
  }

  private int underWay() {
    return server.server().activeRequests();
  }

  private void awaitUnderWay(int answers) {
    await().until(() -> underWay() == answers);
  }
}
