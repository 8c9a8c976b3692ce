package io.rkllm.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.model.ModelPool;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many loads of models that evict each other, and many requests: what they leave must not grow with
 * their number. {@code mvn verify -Psoak}; {@code -Drkllm.soak.loads} and {@code
 * -Drkllm.soak.requests} for other numbers.
 */
@Tag("soak")
class LoadSoakTest {
  private static final int LOADS = Integer.getInteger("rkllm.soak.loads", 20_000);
  private static final int REQUESTS = Integer.getInteger("rkllm.soak.requests", 100_000);
  private static final int CLIENTS = 8;
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path folder;

  @Test
  void loadsAndRequests_manyOfThem_leaveNothingBehind() throws Exception {
    try (SimulatedServer server =
        SimulatedServer.start(folder, options -> options, options -> options.maxModels(1))
            .with("a", "when: *\nsay: yes")
            .with("b", "when: *\nsay: yes")) {
      ModelPool pool = server.server().engine().pool();
      load(pool, LOADS / 20); // until all that is made once has been made
      request(server, REQUESTS / 20);
      Left before = left(server);
      load(pool, LOADS);
      Left afterLoads = left(server);
      request(server, REQUESTS);
      Left after = left(server);

      System.err.println("before %s, loaded %s, requested %s".formatted(before, afterLoads, after));
      for (Left later : List.of(afterLoads, after)) {
        assertThat(later.timers).isLessThanOrEqualTo(1);
        assertThat(later.threads).isLessThanOrEqualTo(before.threads + 10);
        assertThat(later.handles).isLessThanOrEqualTo(before.handles + 10);
        assertThat(later.heapMegabytes).isLessThanOrEqualTo(before.heapMegabytes + 5);
        assertThat(later.residentMegabytes).isLessThanOrEqualTo(before.residentMegabytes + 100);
      }
    }
  }

  private static void load(ModelPool pool, int times) {
    for (int i = 0; i < times; i++) {
      pool.lease(i % 2 == 0 ? "a" : "b", null, LONG).close();
    }
  }

  private static void request(SimulatedServer server, int times) throws Exception {
    URI uri = server.uri("/v1/chat/completions");
    String body = "{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
        HttpClient http = HttpClient.newHttpClient()) {
      List<Future<Void>> all = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        all.add(
            clients.submit(
                () -> {
                  for (int i = 0; i < times / CLIENTS; i++) {
                    HttpRequest request =
                        HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString(body)).build();
                    assertThat(http.send(request, BodyHandlers.ofString()).statusCode())
                        .isEqualTo(200);
                  }
                  return null;
                }));
      }
      for (Future<Void> client : all) {
        client.get();
      }
    }
  }

  private record Left(
      int timers, int threads, long handles, long heapMegabytes, long residentMegabytes) {}

  private static Left left(SimulatedServer server) throws IOException {
    await().atMost(LONG).until(() -> server.server().activeRequests() == 0);
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    String status = Files.readString(Path.of("/proc/self/status"));
    try (Stream<Path> handles = Files.list(Path.of("/proc/self/fd"))) {
      return new Left(
          server.server().engine().pool().timers(),
          Thread.getAllStackTraces().size(),
          handles.count(),
          (runtime.totalMemory() - runtime.freeMemory()) >> 20,
          Long.parseLong(status.replaceAll("(?s).*VmRSS:\\s*(\\d+).*", "$1")) >> 10);
    }
  }
}
