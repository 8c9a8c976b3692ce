package io.rkllm.examples.server;

import io.rkllm.examples.server.http.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** Reads what a server has sent. */
public final class Replies {
  private Replies() {}

  /** A body that is JSON. */
  public static JsonNode json(HttpResponse<String> response) {
    return Json.MAPPER.readTree(response.body());
  }

  /** A body with JSON in each line that is not empty. */
  public static List<JsonNode> lines(HttpResponse<String> response) {
    return response
        .body()
        .lines()
        .filter(line -> !line.isBlank())
        .map(line -> Json.MAPPER.readTree(line))
        .toList();
  }

  /** Server-sent events; heartbeats and {@code [DONE]} left out. */
  public static List<JsonNode> events(HttpResponse<String> response) {
    return response
        .body()
        .lines()
        .filter(line -> line.startsWith("data: {"))
        .map(line -> Json.MAPPER.readTree(line.substring("data: ".length())))
        .toList();
  }

  /** The texts at a place in several objects, one after the other. */
  public static String joined(List<JsonNode> objects, String place) {
    return objects.stream()
        .map(object -> object.at(place).asString(""))
        .collect(Collectors.joining());
  }

  /**
   * Keeps a model busy: begins a stream, does something while it goes on, and hangs up.
   *
   * @param json a request whose answer takes longer than that
   */
  public static void whileStreaming(
      SimulatedServer server, String path, String json, Runnable action) {
    HttpRequest request =
        HttpRequest.newBuilder(server.uri(path)).POST(BodyPublishers.ofString(json)).build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      try (var body = client.send(request, BodyHandlers.ofInputStream()).body()) {
        String first =
            new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8)).readLine();
        if (first == null) {
          throw new IllegalStateException("the stream has ended at once");
        }
        action.run();
      } finally {
        client.shutdownNow();
      }
      Awaitility.await().until(() -> server.server().activeRequests() == 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
