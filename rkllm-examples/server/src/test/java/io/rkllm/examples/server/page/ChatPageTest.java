package io.rkllm.examples.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.http.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page over HTTP, without a browser. */
class ChatPageTest {
  private static final Path FILES = Path.of("src/main/resources/page");

  @TempDir Path folder;
  private SimulatedServer server;

  @BeforeEach
  void start() {
    server = SimulatedServer.start(folder);
  }

  @AfterEach
  void close() {
    server.close();
  }

  private HttpResponse<String> get(String path, String name, String value) {
    return server.send(HttpRequest.newBuilder(server.uri(path)).header(name, value));
  }

  private static String contentType(HttpResponse<String> response) {
    return response.headers().firstValue("Content-Type").orElse("").replace(" ", "");
  }

  @Test
  void root_askedByBrowser_pageWithPolicy() {
    HttpResponse<String> page = get("/", "Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(contentType(page)).isEqualTo("text/html;charset=utf-8");
    assertThat(page.headers().firstValue("Vary")).hasValue("Accept");
    assertThat(page.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(page.headers().firstValue("Referrer-Policy")).hasValue("no-referrer");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'", "script-src 'self';", "frame-ancestors 'none'")
        .doesNotContain("unsafe");
  }

  @Test
  void root_askedByProgram_jsonWelcome() {
    HttpResponse<String> welcome = get("/", "Accept", "*/*");

    assertThat(welcome.statusCode()).isEqualTo(200);
    assertThat(Json.MAPPER.readTree(welcome.body()).isObject()).isTrue();
  }

  @Test
  void files_allThatPageAndModulesName_servedWithTheirType() throws IOException {
    Pattern named = Pattern.compile("(?:href|src)=\"([^\"#$]+)\"|from \"\\.(/[^\"]+)\"");
    try (Stream<Path> files = Files.list(FILES)) {
      for (Path file : files.toList()) {
        for (MatchResult match : named.matcher(Files.readString(file)).results().toList()) {
          String path = match.group(1) != null ? "/" + match.group(1) : "/page" + match.group(2);
          HttpResponse<String> response = server.get(path.replace("/page./", "/"));
          assertThat(response.statusCode()).as(path).isEqualTo(200);
          if (path.endsWith("js")) {
            assertThat(contentType(response)).isEqualTo("text/javascript;charset=utf-8");
          }
        }
      }
    }
  }

  @Test
  void files_inTheFolder_allServed() throws IOException {
    try (Stream<Path> files = Files.list(FILES)) {
      List<String> names = files.map(file -> String.valueOf(file.getFileName())).toList();
      assertThat(names)
          .filteredOn(name -> !name.equals("index.html"))
          .allSatisfy(name -> assertThat(server.get("/page/" + name).statusCode()).isEqualTo(200));
    }
  }

  @Test
  void file_unchanged_notSentAgain() {
    String tag = server.get("/page/main.js").headers().firstValue("ETag").orElseThrow();

    HttpResponse<String> again = get("/page/main.js", "If-None-Match", tag);

    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(get("/page/main.js", "If-None-Match", "\"other\"").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/page",
        "/page/",
        "/webjars/",
        "/page/nothing.js",
        "/page/../simplelogger.properties",
        "/page/%2e%2e/simplelogger.properties",
        "/page/..%2fsimplelogger.properties",
        "/webjars/marked/16.4.1/package.json"
      })
  void path_ofNoFile_isRejected(String path) {
    HttpResponse<String> response = server.get(path);

    assertThat(response.statusCode()).isIn(400, 404);
    assertThat(response.body()).doesNotContain("org.slf4j");
  }

  @Test
  void files_forClientsThatTakeGzip_areCompressed() throws Exception {
    byte[] plain = fetch("/page/main.js", "identity", null).body();
    HttpResponse<byte[]> compressed = fetch("/page/main.js", "br, gzip;q=0.8", null);

    assertThat(compressed.headers().firstValue("Content-Encoding")).hasValue("gzip");
    assertThat(compressed.headers().firstValue("Vary")).hasValue("Accept-Encoding");
    assertThat(compressed.body().length).isLessThan(plain.length / 2);
    try (var gzip = new GZIPInputStream(new ByteArrayInputStream(compressed.body()))) {
      assertThat(gzip.readAllBytes()).isEqualTo(plain);
    }
    String tag = compressed.headers().firstValue("ETag").orElseThrow();
    assertThat(fetch("/page/main.js", "gzip", tag).statusCode()).isEqualTo(304);
    assertThat(fetch("/page/main.js", "gzip;q=0", tag).body()).isEqualTo(plain);
  }

  private HttpResponse<byte[]> fetch(String path, String encodings, @Nullable String tag)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.uri(path)).header("Accept-Encoding", encodings);
    if (tag != null) {
      request.header("If-None-Match", tag);
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }
  }
}
