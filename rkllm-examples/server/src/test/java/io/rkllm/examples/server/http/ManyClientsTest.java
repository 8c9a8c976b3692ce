package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.SimulatedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many clients at once on one model: each gets its own text, and those who go leave nothing. */
@Timeout(120)
class ManyClientsTest {
  private static final String SCRIPT =
      """
      prefill-ms: 3
      decode-ms: 0.2
      when: repeat {word} {n}
      repeat: {n} "{word} "
      when: fast {word} {n}
      repeat: {n} "{word} "
      """;

  @TempDir Path folder;

  @Test
  void stream_64Clients_eachGetsExactlyItsOwnText() throws Exception {
    try (SimulatedServer server = SimulatedServer.start(folder).with("m", SCRIPT);
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        String question = "repeat w%dx %d".formatted(i, 20 + i);
        answers.add(clients.submit(() -> streamed(server, question)));
      }
      for (int i = 0; i < 64; i++) {
        assertThat(answers.get(i).get()).isEqualTo("w%dx ".formatted(i).repeat(20 + i));
      }
      assertThat(server.server().activeRequests()).isZero();
    }
  }

  private static String streamed(SimulatedServer server, String question) {
    String body =
        server
            .post(
                "/v1/chat/completions",
                "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                    .formatted(question))
            .body();
    assertThat(body).endsWith("data: [DONE]\n\n");
    return SimulatedServer.streamedText(body);
  }

  @Test
  void stream_200ClientsThatVanish_leaveNothingBehind() throws Exception {
    Random random = new Random();
    try (SimulatedServer server =
        SimulatedServer.start(
                folder,
                options -> options.heartbeat(Duration.ofMillis(100)),
                options -> options.queueCapacity(300))
            .with("m", SCRIPT)) {
      streamed(server, "repeat once 1"); // the model and all classes are loaded
      int threads = threads();
      long handles = handles();

      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        clients.add(
            new RawClient(server.server().address())
                .ask("m", "repeat bye 5000", random.nextBoolean()));
        if (random.nextInt(4) == 0) {
          vanish(clients.remove(random.nextInt(clients.size())), random);
        }
      }
      for (RawClient client : clients) {
        vanish(client, random);
      }

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> {
                assertThat(server.server().activeRequests()).isZero();
                assertThat(server.server().engine().pool().loaded())
                    .allMatch(model -> model.requests() == 0);
                assertThat(handles()).isLessThanOrEqualTo(handles + 3);
                assertThat(threads()).isLessThanOrEqualTo(threads + 5); // idle pool threads
              });
      assertThat(streamed(server, "repeat well 3")).isEqualTo("well well well ");
    }
  }

  private static void vanish(RawClient client, Random random) throws IOException {
    if (random.nextBoolean()) {
      client.vanish();
    } else {
      client.close();
    }
  }

  private static int threads() {
    return Thread.getAllStackTraces().size();
  }

  private static long handles() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }
}
