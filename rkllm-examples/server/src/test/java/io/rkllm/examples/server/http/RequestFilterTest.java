package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests that the filter accepts and rejects. */
@Timeout(60)
class RequestFilterTest {
  @TempDir Path folder;

  private SimulatedServer start(UnaryOperator<ServerOptions.Builder> options) {
    return SimulatedServer.start(folder, options, it -> it).with("m", "when: hi\nsay: ho");
  }

  private static String withHost(SimulatedServer server, String host) throws IOException {
    try (RawClient client = new RawClient(server.server().address())) {
      return client
          .send("GET /v1/models HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
          .readAll();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "localhost:1",
        "127.0.0.1:80",
        "[::1]:8080",
        "192.168.0.7",
        "board.localhost",
        "board.home"
      })
  void host_knownOrAnAddress_isServed(String host) throws IOException {
    try (SimulatedServer server = start(it -> it.allowedHosts(Set.of("Board.home")))) {
      assertThat(withHost(server, host)).startsWith("HTTP/1.1 200");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.com",
        "evil.com:8080",
        "127.0.0.1.evil.com",
        "evil127.0.0.1",
        "127.0.0.1x",
        "1.2.3",
        "localhost.evil.com",
        "evillocalhost",
        "evil-localhost",
        "board.localhost.evil",
        "evilboard.home",
        "board.home.evil"
      })
  void host_unknownName_isRefused(String host) throws IOException {
    try (SimulatedServer server = start(it -> it.allowedHosts(Set.of("board.home")))) {
      assertThat(withHost(server, host)).startsWith("HTTP/1.1 403").contains("--allow-host");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "board.local",
        "board.local.",
        "host.docker.internal",
        "host.docker.internal:8080",
        "host.containers.internal",
        "Gateway.Internal"
      })
  void host_ofThisNetworkOrAContainer_isServed(String host) throws IOException {
    try (SimulatedServer server = start(it -> it)) {
      assertThat(withHost(server, host)).startsWith("HTTP/1.1 200");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"local", "internal", "evillocal", "board.local.evil", "internal.evil"})
  void host_thatOnlyLooksLocal_isRefused(String host) throws IOException {
    try (SimulatedServer server = start(it -> it)) {
      assertThat(withHost(server, host)).startsWith("HTTP/1.1 403");
    }
  }

  @Test
  void host_theSystemsOwnName_isServed() throws IOException {
    String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    try (SimulatedServer server = start(it -> it)) {
      assertThat(withHost(server, name)).startsWith("HTTP/1.1 200");
      assertThat(withHost(server, name.toUpperCase(Locale.ROOT) + ":8080"))
          .startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void host_whereTheNetworkReachesTheServer_isNotChecked() throws IOException {
    try (SimulatedServer server = start(it -> it.host("0.0.0.0"));
        RawClient client =
            new RawClient(URI.create("http://127.0.0.1:" + server.server().address().getPort()))) {
      assertThat(
              client
                  .send(
                      "GET /v1/models HTTP/1.1\r\nHost: board.example\r\nConnection: close\r\n\r\n")
                  .readAll())
          .startsWith("HTTP/1.1 200");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "app://obsidian.md",
        "app://",
        "file://",
        "tauri://localhost",
        "http://tauri.localhost",
        "capacitor://localhost",
        "vscode-webview://1l2q3r4s5t",
        "vscode-file://vscode-app",
        "http://localhost:3000",
        "https://127.0.0.1",
        "http://[::1]:5173"
      })
  void origin_ofAnApplicationOrThisMachine_isServed(String origin) {
    try (SimulatedServer server = start(it -> it)) {
      HttpResponse<String> response = from(server, origin, "GET");
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("Access-Control-Allow-Origin")).hasValue(origin);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost.evil.com",
        "https://evil.com:80",
        "http://app.evil.com",
        "http://evil.com?app://x",
        "ftp://localhost",
        "http://localhost@evil.com",
        "chrome-extension://abc"
      })
  void origin_thatOnlyLooksLocal_isRefused(String origin) {
    try (SimulatedServer server = start(it -> it)) {
      assertThat(from(server, origin, "GET").statusCode()).isEqualTo(403);
    }
  }

  /** The request is the preflight of a browser for the openai library. */
  @Test
  void origin_preflightOfOpenAisLibrary_mayHaveAllItsHeaders() {
    List<String> headers =
        List.of(
            "authorization",
            "content-type",
            "x-stainless-arch",
            "x-stainless-lang",
            "x-stainless-os",
            "x-stainless-package-version",
            "x-stainless-retry-count",
            "x-stainless-runtime",
            "x-stainless-runtime-version",
            "x-stainless-timeout",
            "openai-organization");
    try (SimulatedServer server = start(it -> it)) {
      HttpResponse<String> preflight =
          server.send(
              HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
                  .header("Origin", "http://localhost:3000")
                  .header("Access-Control-Request-Method", "POST")
                  .header("Access-Control-Request-Headers", String.join(",", headers) + ", b@d")
                  .method("OPTIONS", BodyPublishers.noBody()));
      assertThat(preflight.statusCode()).isEqualTo(204);
      assertThat(
              preflight
                  .headers()
                  .firstValue("Access-Control-Allow-Headers")
                  .orElseThrow()
                  .toLowerCase(Locale.ROOT)
                  .split(", "))
          .containsAll(headers)
          .doesNotContain("b@d");
    }
  }

  private static HttpResponse<String> from(SimulatedServer server, String origin, String method) {
    return server.send(
        HttpRequest.newBuilder(server.uri("/v1/models"))
            .header("Origin", origin)
            .method(method, BodyPublishers.noBody()));
  }

  @Test
  void origin_ofAnotherSite_isRefusedUnlessAllowed() {
    try (SimulatedServer server =
        start(it -> it.allowedOrigins(Set.of("https://friend.example")))) {
      assertThat(from(server, "https://evil.example", "GET").statusCode()).isEqualTo(403);
      assertThat(from(server, "null", "GET").statusCode()).isEqualTo(403);
      assertThat(from(server, "https://evil.example", "OPTIONS").statusCode()).isEqualTo(403);
      assertThat(from(server, server.server().address().toString(), "GET").statusCode())
          .isEqualTo(200);

      HttpResponse<String> friend = from(server, "https://friend.example", "GET");
      assertThat(friend.statusCode()).isEqualTo(200);
      assertThat(friend.headers().firstValue("Access-Control-Allow-Origin"))
          .hasValue("https://friend.example");
      assertThat(friend.headers().firstValue("Access-Control-Expose-Headers"))
          .hasValue("Rkllm-Ignored, Retry-After");
    }
  }

  @Test
  void origin_preflightOfAnAllowedSite_isAnsweredWithoutKey() {
    try (SimulatedServer server =
        start(it -> it.key("k").allowedOrigins(Set.of("https://friend.example")))) {
      HttpResponse<String> preflight = from(server, "https://friend.example", "OPTIONS");

      assertThat(preflight.statusCode()).isEqualTo(204);
      assertThat(preflight.headers().firstValue("Access-Control-Allow-Headers").orElseThrow())
          .contains("Authorization");
      assertThat(from(server, "https://friend.example", "GET").statusCode()).isEqualTo(401);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Bearer", "Bearer ", "Bearer wrong", "Basic right", "Bearer right2"})
  void key_wrongOrMissing_isRejectedExceptOnPublicPaths(String authorization) {
    try (SimulatedServer server = start(it -> it.key("right"))) {
      for (String path : new String[] {"/v1/models", "/metrics", "/nowhere"}) {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.uri(path));
        if (!authorization.isEmpty()) {
          request.header("Authorization", authorization);
        }
        HttpResponse<String> response = server.send(request);

        assertThat(response.statusCode()).as(path).isEqualTo(401);
        assertThat(response.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
        assertThat(response.body()).doesNotContain("right");
      }
      assertThat(server.get("/health").statusCode()).isEqualTo(200);
    }
  }

  /** Paths that begin with a place that is open to all. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/page/../v1/models",
        "/page/%2e%2e/v1/models",
        "/page/..%2fv1/models",
        "/page/..;/v1/models",
        "/page/;/../../v1/models",
        "/webjars/../v1/models",
        "/health/../v1/models",
        "/page//../v1/models",
        "/page/..\\v1/models",
        "//page/../v1/models",
        "/page/x/../../metrics",
        "http://localhost/page/../v1/models"
      })
  void key_missing_noWayRoundLeadsToTheModels(String path) throws IOException {
    try (SimulatedServer server = start(it -> it.key("right"));
        RawClient client = new RawClient(server.server().address())) {
      String response =
          client
              .send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
              .readAll();

      assertThat(response).startsWith("HTTP/1.1 4").doesNotContain("\"m\"", "rkllm_models");
    }
  }

  @Test
  void key_right_isServed() {
    try (SimulatedServer server = start(it -> it.key("right"))) {
      assertThat(
              server
                  .send(
                      HttpRequest.newBuilder(server.uri("/v1/models"))
                          .header("Authorization", "bearer right"))
                  .statusCode())
          .isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../m", "..", "m/../../x", "/etc", ".hidden", "m%2f.."})
  void modelName_thatLeadsElsewhere_isUnknown(String name) {
    try (SimulatedServer server = start(it -> it)) {
      HttpResponse<String> response =
          server.post(
              "/v1/chat/completions",
              "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
                  .formatted(name));

      assertThat(response.statusCode()).isEqualTo(404);
    }
  }
}
