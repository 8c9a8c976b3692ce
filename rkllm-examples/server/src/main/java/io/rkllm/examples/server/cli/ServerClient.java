package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.http.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Sends requests to a running server, which may be this program's or one compatible with Ollama.
 */
final class ServerClient {
  private static final String USUAL = "http://127.0.0.1:8080";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "The server; without it RKLLM_SERVER, then " + USUAL + ".")
  private @Nullable String server;

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description = "A file that has the server's key; without it RKLLM_KEY, if set.")
  private @Nullable Path keyFile;

  JsonNode get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(at(path)));
  }

  JsonNode post(String path, JsonNode body) throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(at(path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString())));
  }

  private String address() {
    if (server != null) {
      return server;
    }
    String configured = System.getenv("RKLLM_SERVER");
    return configured == null || configured.isBlank() ? USUAL : configured.strip();
  }

  private URI at(String path) {
    try {
      URI uri = URI.create(address().replaceFirst("/+$", "") + path);
      if (uri.getHost() != null && String.valueOf(uri.getScheme()).startsWith("http")) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // reported below
    }
    throw new UsageException(
        "the server's address must be one such as " + USUAL + ", was " + address());
  }

  private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
    String key = ServerKey.from(keyFile);
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
      HttpResponse<String> response =
          http.send(request.timeout(TIMEOUT).build(), BodyHandlers.ofString());
      JsonNode body = Json.MAPPER.readTree(response.body());
      if (response.statusCode() != 200) {
        throw new IOException(refusal(response.statusCode(), body));
      }
      return body;
    } catch (ConnectException e) {
      throw new IOException(
          "no server answers at %s: start one with rkllm serve, or choose another with --server"
              .formatted(address()),
          e);
    } catch (HttpTimeoutException e) {
      throw new IOException("the server at " + address() + " does not answer in time", e);
    } catch (JacksonException e) {
      throw new IOException("what answers at " + address() + " is not an rkllm server", e);
    }
  }

  /** Returns the error message of a server, whatever its dialect. */
  private static String refusal(int status, JsonNode body) {
    JsonNode error = body.path("error");
    String words = error.isString() ? error.stringValue() : error.path("message").asString("");
    if (status == 401) {
      words += (words.isEmpty() ? "" : "; ") + "set RKLLM_KEY, or give --key-file";
    }
    return words.isEmpty() ? "the server answers " + status : words;
  }
}
