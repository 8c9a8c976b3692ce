package io.rkllm.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.hub.HubStub;
import io.rkllm.examples.server.hub.HuggingFaceHub;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
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
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients of all sorts for a long time, over three models of which two are loaded at a time:
 * clients that read to the end, disconnect midway, send invalid requests, stream or not, send a
 * byte now and then, and pull and delete models. Meanwhile the files of the models change, and in
 * every second interval, a run hangs now and then. After each interval, nothing may be left but the
 * server. {@code mvn verify -Phour}; {@code -Drkllm.soak.intervals=2} for fewer intervals of ten
 * minutes, {@code -Drkllm.soak.seconds=60} for shorter ones, and {@code -Drkllm.soak.dumps=FOLDER}
 * for a heap dump after each.
 */
@Tag("hour")
class SoakTest {
  private static final int INTERVALS = Integer.getInteger("rkllm.soak.intervals", 6);
  private static final Duration INTERVAL =
      Duration.ofSeconds(Integer.getInteger("rkllm.soak.seconds", 600));
  private static final int CLIENTS = 24;

  private static final String SCRIPT =
      """
      prefill-ms: 2
      decode-ms: 0.5
      when: repeat {word} {n}
      repeat: {n} "{word} "
      when: hang
      fault: hang-at 2 20000
      say: one two three four five
      """;

  @TempDir Path folder;
  private final LongAdder complete = new LongAdder();
  private final LongAdder left = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder changed = new LongAdder();
  private final LongAdder slow = new LongAdder();
  private final LongAdder broken = new LongAdder();
  private final LongAdder pulled = new LongAdder();
  private final LongAdder hung = new LongAdder();

  @Test
  void allSortsOfClients_forALongTime_leaveNothingBehind() throws Exception {
    try (HubStub hub = new HubStub();
        SimulatedServer server =
            SimulatedServer.start(
                    folder,
                    options -> options.heartbeat(Duration.ofSeconds(1)),
                    options ->
                        options
                            .maxModels(2)
                            .keepAlive(Duration.ofMillis(200))
                            .hangTimeout(Duration.ZERO),
                    http -> ServerRoutes.of(http, new HuggingFaceHub(hub.address(), null)::pull))
                .with("a", SCRIPT)
                .with("b", SCRIPT)
                .with("c", SCRIPT)) {
      hub.with("some/models", "pulled.rkllm", Files.readAllBytes(folder.resolve("a/model.rkllm")));
      run(server, hub, Duration.ofSeconds(30), true); // until everything made once has been made
      Left first = left(server, 0, Integer.MAX_VALUE);
      List<Left> marks = new ArrayList<>(List.of(first));
      for (int i = 1; i <= INTERVALS; i++) {
        run(server, hub, INTERVAL, i % 2 == 0);
        marks.add(left(server, i, first.threads + 10));
        System.err.printf(
            "%s complete, %s left midway, %s refused, %s broken, %s files changed, %s slow, "
                + "%s pulled, %s hung; %s%n",
            complete, left, refused, broken, changed, slow, pulled, hung, marks);
      }

      assertThat(List.of(complete, left, broken, changed, slow, pulled, hung))
          .allMatch(counter -> counter.sum() > 0 || INTERVALS < 2);
      for (Left later : marks) {
        assertThat(later.timers).isZero();
        assertThat(later.handles).isLessThanOrEqualTo(first.handles + 5);
        assertThat(later.heapKilobytes).isLessThanOrEqualTo(first.heapKilobytes + 5_000);
        assertThat(later.residentMegabytes).isLessThanOrEqualTo(first.residentMegabytes + 150);
      }
    }
  }

  private void run(SimulatedServer server, HubStub hub, Duration length, boolean hangs)
      throws Exception {
    long end = System.nanoTime() + length.toNanos();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
        HttpClient http = HttpClient.newHttpClient()) {
      Random random = new Random();
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        all.add(clients.submit(() -> until(end, () -> ask(server, http, random))));
      }
      all.add(clients.submit(() -> changeFiles(end)));
      all.add(clients.submit(() -> until(end, () -> trickle(server, random))));
      all.add(clients.submit(() -> until(end, () -> sendBroken(server, random))));
      all.add(clients.submit(() -> until(end, () -> pullAndDelete(server, hub, random))));
      if (hangs) {
        all.add(clients.submit(() -> until(end, () -> hang(server))));
      }
      for (Future<?> client : all) {
        client.get();
      }
    }
  }

  private static Object until(long end, Callable<?> action) throws Exception {
    while (System.nanoTime() < end) {
      action.call();
    }
    return end;
  }

  /** Replaces Modelfiles in the way that editors do, each of which reloads a model. */
  private Object changeFiles(long end) throws Exception {
    for (int i = 0; System.nanoTime() < end; i++) {
      Path modelfile = folder.resolve(List.of("a", "b", "c").get(i % 3)).resolve("Modelfile");
      Path next = Files.writeString(folder.resolve("next"), Files.readString(modelfile));
      Files.move(next, modelfile, StandardCopyOption.ATOMIC_MOVE);
      changed.increment();
      Thread.sleep(Duration.ofSeconds(10));
    }
    return changed;
  }

  /** Connects from any loopback address. */
  private static Socket connect(SimulatedServer server, Random random) throws IOException {
    URI address = server.server().address();
    byte[] from = {127, (byte) random.nextInt(250), (byte) random.nextInt(250), 1};
    return new Socket(
        address.getHost(), address.getPort(), InetAddress.getByAddress(from), /* localPort= */ 0);
  }

  /** Sends headers a byte at a time on several connections, and disconnects in the middle. */
  private Object trickle(SimulatedServer server, Random random) throws Exception {
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      sockets.add(connect(server, random));
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
    return slow;
  }

  /** Sends what is not valid, or not complete, and reads the answer or not. */
  private Object sendBroken(SimulatedServer server, Random random) throws Exception {
    String path =
        List.of("/v1/chat/completions", "/api/chat", "/rkllm_chat", "/api/pull", "/no/such")
            .get(random.nextInt(5));
    String body =
        List.of("{\"model\":", "[]", "{\"model\":\"x%d\"}", "{\"model\":\"../%d\",\"stream\":1}")
            .get(random.nextInt(4))
            .formatted(random.nextInt());
    int length = random.nextInt(4) == 0 ? body.length() + 10 : body.length();
    try (Socket socket = connect(server, random)) {
      String head =
          "POST %s HTTP/1.1\r\nHost: x%d.local\r\nContent-Length: %d\r\n\r\n"
              .formatted(path, random.nextInt(), length);
      socket.getOutputStream().write((head + body).getBytes(StandardCharsets.UTF_8));
      if (length == body.length() && random.nextBoolean()) {
        assertThat(socket.getInputStream().readNBytes(12)).isNotEmpty();
      }
    }
    broken.increment();
    Thread.sleep(Duration.ofMillis(50));
    return broken;
  }

  private Object pullAndDelete(SimulatedServer server, HubStub hub, Random random)
      throws Exception {
    String name = "p" + random.nextInt(1_000_000);
    String model = "{\"model\":\"%s\"}".formatted(name);
    String reference =
        "{\"model\":\"some/models/pulled.rkllm\",\"model_name\":\"%s\"}".formatted(name);
    assertThat(server.post("/pull", reference).body()).contains("is ready");
    assertThat(server.get("/api/tags").body()).contains(name);
    assertThat(server.post("/api/show", model).statusCode()).isEqualTo(200);
    String asked = "{\"model\":\"%s\",\"prompt\":\"repeat x 2\"}".formatted(name);
    assertThat(server.post("/api/generate", asked).statusCode()).isIn(200, 503);
    assertThat(server.delete("/api/delete", model).statusCode()).isEqualTo(200);
    hub.forgetRequests();
    pulled.increment();
    Thread.sleep(Duration.ofSeconds(5));
    return pulled;
  }

  /** Lets a run hang, and disconnects. */
  private Object hang(SimulatedServer server) throws Exception {
    URI address = server.server().address();
    String body =
        "{\"model\":\"a\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hang\"}]}";
    String head =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
            .formatted(body.length());
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      socket.getOutputStream().write((head + body).getBytes(StandardCharsets.UTF_8));
      Thread.sleep(Duration.ofSeconds(5));
    }
    hung.increment();
    Thread.sleep(Duration.ofSeconds(45));
    return hung;
  }

  private Object ask(SimulatedServer server, HttpClient http, Random random) throws Exception {
    int kind = random.nextInt(100);
    String model = kind == 0 ? "none" : kind < 3 ? "c" : kind % 2 == 0 ? "a" : "b";
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
        assertThat(answer).as(text).isEqualTo((word + " ").repeat(count));
        complete.increment();
      }
    }
    return complete;
  }

  /** The resources in use while there are no requests. */
  private record Left(
      int timers, long handles, int threads, long heapKilobytes, long residentMegabytes) {}

  private static Left left(SimulatedServer server, int mark, int threads) throws IOException {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () ->
                server.server().activeRequests() == 0
                    && server.server().engine().pool().size() == 0
                    && server.server().engine().pool().health().abandoned() == 0
                    && server.server().engine().pool().timers() == 0);
    await() // idle threads of Jetty's pool end one after another
        .atMost(Duration.ofMinutes(4))
        .untilAsserted(
            () -> assertThat(Thread.getAllStackTraces().size()).isLessThanOrEqualTo(threads));
    System.gc();
    System.gc();
    String dumps = System.getProperty("rkllm.soak.dumps");
    if (dumps != null) {
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpHeap(Path.of(dumps, mark + ".hprof").toString(), /* live= */ true);
    }
    Runtime runtime = Runtime.getRuntime();
    try (Stream<Path> handles = Files.list(Path.of("/proc/self/fd"))) {
      return new Left(
          server.server().engine().pool().timers(),
          handles.count(),
          Thread.getAllStackTraces().size(),
          (runtime.totalMemory() - runtime.freeMemory()) >> 10,
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
