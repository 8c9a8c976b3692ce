package io.rkllm.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.http.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients of all sorts for a long time, over three models of which two fit: those who read to the
 * end, who leave midway, who ask for nonsense, who stream and who do not, who send a byte now and
 * then. Meanwhile the files of the models change. Afterwards nothing is left but the server. {@code
 * mvn verify -Phour}; {@code -Drkllm.soak.minutes=5} for less than an hour.
 */
@Tag("hour")
class SoakTest {
  private static final Duration LENGTH =
      Duration.ofMinutes(Integer.getInteger("rkllm.soak.minutes", 60));
  private static final int CLIENTS = 24;

  private static final String SCRIPT =
      """
      prefill-ms: 2
      decode-ms: 0.5
      when: repeat {word} {n}
      repeat: {n} "{word} "
      """;

  @TempDir Path folder;
  private final LongAdder complete = new LongAdder();
  private final LongAdder left = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder changed = new LongAdder();
  private final LongAdder slow = new LongAdder();

  @Test
  void allSortsOfClients_forALongTime_leaveNothingBehind() throws Exception {
    try (SimulatedServer server =
        SimulatedServer.start(
                folder,
                options -> options.heartbeat(Duration.ofSeconds(1)),
                options -> options.maxModels(2).keepAlive(Duration.ofMillis(200)))
            .with("a", SCRIPT)
            .with("b", SCRIPT)
            .with("c", SCRIPT)) {
      run(server, Duration.ofSeconds(20)); // until all that is made once has been made
      Left before = left(server);
      run(server, LENGTH);
      Left after = left(server);

      System.err.println(
          "%s complete, %s left midway, %s refused, %s files changed, %s slow; before %s, after %s"
              .formatted(complete, left, refused, changed, slow, before, after));
      assertThat(complete.sum()).isPositive();
      assertThat(left.sum()).isPositive();
      assertThat(after.handles).isLessThanOrEqualTo(before.handles + 5);
      assertThat(after.threads).isLessThanOrEqualTo(before.threads + 10);
      assertThat(after.heapMegabytes).isLessThanOrEqualTo(before.heapMegabytes + 20);
      assertThat(after.residentMegabytes).isLessThanOrEqualTo(before.residentMegabytes + 150);
    }
  }

  private void run(SimulatedServer server, Duration length) throws Exception {
    long end = System.nanoTime() + length.toNanos();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
        HttpClient http = HttpClient.newHttpClient()) {
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Random random = new Random();
        all.add(
            clients.submit(
                () -> {
                  while (System.nanoTime() < end) {
                    ask(server, http, random);
                  }
                  return null;
                }));
      }
      all.add(clients.submit(() -> changeFiles(end)));
      all.add(clients.submit(() -> trickle(server, end)));
      for (Future<Void> client : all) {
        client.get();
      }
    }
  }

  /** Replaces Modelfiles in the way that editors do, each of which reloads a model. */
  private Void changeFiles(long end) throws Exception {
    for (int i = 0; System.nanoTime() < end; i++) {
      Path modelfile = folder.resolve(List.of("a", "b", "c").get(i % 3)).resolve("Modelfile");
      Path next = Files.writeString(folder.resolve("next"), Files.readString(modelfile));
      Files.move(next, modelfile, StandardCopyOption.ATOMIC_MOVE);
      changed.increment();
      Thread.sleep(Duration.ofSeconds(3));
    }
    return null;
  }

  /** Sends headers a byte at a time on several connections, and vanishes in the middle. */
  private Void trickle(SimulatedServer server, long end) throws Exception {
    URI address = server.server().address();
    while (System.nanoTime() < end) {
      List<Socket> sockets = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        sockets.add(new Socket(address.getHost(), address.getPort()));
      }
      for (byte part : "GET / HTTP".getBytes(StandardCharsets.US_ASCII)) {
        for (Socket socket : sockets) {
          socket.getOutputStream().write(part);
        }
        Thread.sleep(Duration.ofMillis(200));
      }
      for (Socket socket : sockets) {
        socket.setSoLinger(true, 0); // a reset
        socket.close();
      }
      slow.add(sockets.size());
    }
    return null;
  }

  private void ask(SimulatedServer server, HttpClient http, Random random) throws Exception {
    String model =
        List.of("a", "b", "c", "none").get(random.nextInt(40) == 0 ? 3 : random.nextInt(3));
    boolean stream = random.nextBoolean();
    String word = "w" + random.nextInt(1_000_000);
    int count = random.nextInt(1, 200);
    HttpRequest request =
        HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
            .POST(
                BodyPublishers.ofString(
                    "{\"model\":\"%s\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"repeat %s %d\"}]}"
                        .formatted(model, stream, word, count)))
            .build();
    HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      if (response.statusCode() != 200) {
        assertThat(response.statusCode()).isIn(404, 503);
        refused.increment();
      } else if (random.nextInt(5) == 0) {
        body.readNBytes(random.nextInt(500));
        left.increment();
      } else {
        String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
        String answer =
            stream
                ? SimulatedServer.streamedText(text)
                : Json.MAPPER.readTree(text).at("/choices/0/message/content").asString();
        assertThat(answer).isEqualTo((word + " ").repeat(count));
        complete.increment();
      }
    }
  }

  /** The resources in use while there are no requests. */
  private record Left(long handles, int threads, long heapMegabytes, long residentMegabytes) {}

  private static Left left(SimulatedServer server) throws IOException {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                server.server().activeRequests() == 0
                    && server.server().engine().pool().size() == 0
                    && server.server().engine().pool().timers() == 0);
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    try (Stream<Path> handles = Files.list(Path.of("/proc/self/fd"))) {
      return new Left(
          handles.count(),
          Thread.getAllStackTraces().size(),
          (runtime.totalMemory() - runtime.freeMemory()) >> 20,
          resident());
    }
  }

  private static long resident() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) >> 10;
      }
    }
    throw new IOException("there is no VmRSS");
  }
}
