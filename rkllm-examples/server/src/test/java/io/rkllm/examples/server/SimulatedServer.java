package io.rkllm.examples.server;

import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RkllmServer;
import io.rkllm.examples.server.http.Routes;
import io.rkllm.examples.server.http.ServerOptions;
import io.rkllm.examples.server.hub.ModelSource;
import io.rkllm.examples.server.model.LoadOptions;
import io.rkllm.examples.server.model.ModelLoader;
import io.rkllm.examples.server.model.ModelPool;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** A server on any free port, whose models answer by script on the simulated runtime. */
public final class SimulatedServer implements AutoCloseable {
  private static final Pattern DATA = Pattern.compile("^data: (\\{.*)$", Pattern.MULTILINE);

  private final Path folder;
  private final RkllmServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  private SimulatedServer(Path folder, RkllmServer server) {
    this.folder = folder;
    this.server = server;
  }

  /** A server with the usual options, whose models are in this folder. */
  public static SimulatedServer start(Path folder) {
    return start(folder, options -> options, options -> options);
  }

  /** A server with options of its own. */
  public static SimulatedServer start(
      Path folder,
      UnaryOperator<ServerOptions.Builder> serving,
      UnaryOperator<LoadOptions.Builder> loading) {
    return start(folder, serving, loading, ServerRoutes::of);
  }

  /** A server that pulls models from elsewhere. */
  public static SimulatedServer start(Path folder, ModelSource source) {
    return start(
        folder, options -> options, options -> options, server -> ServerRoutes.of(server, source));
  }

  /** Starts a server with options and routes of its own. */
  static SimulatedServer start(
      Path folder,
      UnaryOperator<ServerOptions.Builder> serving,
      UnaryOperator<LoadOptions.Builder> loading,
      Function<RkllmServer, List<Routes>> routes) {
    LoadOptions load =
        loading.apply(LoadOptions.builder().library(Simulator.library(Release.V1_3_1))).build();
    ServerOptions options =
        serving.apply(ServerOptions.builder().port(0).heartbeat(Duration.ofMillis(500))).build();
    ModelPool pool = new ModelPool(new ModelStore(folder, List.of()), new ModelLoader(load));
    Engine engine = new Engine(pool, options.timeout());
    return new SimulatedServer(folder, RkllmServer.start(options, engine, routes));
  }

  /**
   * Puts a model into the folder.
   *
   * @param directives lines of a simulator model, such as {@code when: hello} and {@code say: Hi}
   */
  public SimulatedServer with(String name, String directives) {
    return with(name, "TEMPLATE=qwen3\n", directives);
  }

  /** The same with other lines of its Modelfile. */
  public SimulatedServer with(String name, String modelfile, String directives) {
    write(folder, name, modelfile, directives);
    return this;
  }

  /** Puts a model into a folder of models. */
  public static void write(Path folder, String name, String modelfile, String directives) {
    try {
      Path place = Files.createDirectories(folder.resolve(name));
      Files.writeString(
          place.resolve("model.rkllm"),
          "RKLLM-SIMULATOR-MODEL 1\nname: "
              + name
              + "\nplatform: RK3588\ncontext-limit: 4096\n"
              + directives
              + "\n");
      Files.writeString(place.resolve(ModelStore.MODELFILE), "FROM=\"model.rkllm\"\n" + modelfile);
      settle(place.resolve("model.rkllm"));
      settle(place.resolve(ModelStore.MODELFILE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes a file look as if it had been there for a while, so that it is loaded at once. */
  public static void settle(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(10)));
  }

  /** The server itself. */
  public RkllmServer server() {
    return server;
  }

  /** The address of a path. */
  public URI uri(String path) {
    return server.address().resolve(path);
  }

  /** Sends a request without a body. */
  public HttpResponse<String> get(String path) {
    return send(HttpRequest.newBuilder(uri(path)));
  }

  /** Posts JSON. */
  public HttpResponse<String> post(String path, String json) {
    return send(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json)));
  }

  /** Deletes, by JSON. */
  public HttpResponse<String> delete(String path, String json) {
    return send(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .method("DELETE", BodyPublishers.ofString(json)));
  }

  /** Sends any request. */
  public HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The text of a chat completion that was streamed in OpenAI's dialect. */
  public static String streamedText(String events) {
    StringBuilder text = new StringBuilder();
    Matcher chunks = DATA.matcher(events);
    while (chunks.find()) {
      JsonNode delta = Json.MAPPER.readTree(chunks.group(1)).at("/choices/0/delta/content");
      text.append(delta.asString(""));
    }
    return text.toString();
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
