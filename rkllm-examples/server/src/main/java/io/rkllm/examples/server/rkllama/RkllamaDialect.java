package io.rkllm.examples.server.rkllama;

import io.javalin.config.RoutesConfig;
import io.rkllm.chat.ChatMessage;
import io.rkllm.examples.server.chat.ChatRequest;
import io.rkllm.examples.server.chat.Settings;
import io.rkllm.examples.server.http.ApiDialect;
import io.rkllm.examples.server.http.Exchange;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.LineFormat;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.examples.server.http.RkllmServer;
import io.rkllm.examples.server.http.Routes;
import io.rkllm.examples.server.hub.ModelSource;
import io.rkllm.examples.server.hub.PullProgress;
import io.rkllm.examples.server.message.Messages;
import io.rkllm.examples.server.model.ModelPool;
import io.rkllm.examples.server.store.StoredModel;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The API of RKLLama, in which one model is the current one and answers requests without a model.
 */
public final class RkllamaDialect implements ApiDialect {
  private static final Set<String> PATHS =
      Set.of(
          "/",
          "/models",
          "/current_model",
          "/load_model",
          "/current_models",
          "/unload_model",
          "/unload_models",
          "/generate",
          "/pull",
          "/rm");
  private static final LineFormat LINES =
      new LineFormat(
          "text/plain; charset=utf-8",
          error -> "Error during download: " + error.message().replace('\n', ' '));

  private final RkllmServer server;
  private final ModelSource source;
  private final CurrentModels models;

  /**
   * Creates the dialect for a server.
   *
   * @param source the source that models are pulled from
   */
  public RkllamaDialect(RkllmServer server, ModelSource source) {
    this.server = server;
    this.source = source;
    models = new CurrentModels(server::engine);
  }

  @Override
  public void addTo(RoutesConfig routes) {
    Routes.get(routes, "/models", server.handler(this::models));
    Routes.get(routes, "/current_model", server.handler(this::currentModel));
    routes.post("/load_model", server.handler(this::load));
    routes.post("/unload_model", server.handler(this::unload));
    routes.post("/unload_models", server.handler(this::unloadAll));
    routes.post("/generate", server.handler(this::generate));
    routes.post("/pull", server.handler(this::pull));
    routes.delete("/rm", server.handler(this::remove));
  }

  @Override
  public boolean handles(String path) {
    return PATHS.contains(path);
  }

  @Override
  public JsonNode error(RequestException error) {
    return Json.object().put("error", error.message());
  }

  /** Returns the response to {@code GET /} for programs. */
  public static JsonNode welcome() {
    return Json.object()
        .put("message", "Welcome to rkllm for Java!")
        .put("docs", "docs/server.md says what this server speaks");
  }

  private ModelPool pool() {
    return server.engine().pool();
  }

  private void models(Exchange exchange) {
    ObjectNode json = Json.object();
    ArrayNode names = json.putArray("models");
    pool().store().list().stream().map(StoredModel::name).forEach(names::add);
    exchange.send(json);
  }

  private void currentModel(Exchange exchange) {
    String name =
        models
            .current()
            .orElseThrow(
                () -> RequestException.of(404, "no_model", "No model is currently loaded."));
    exchange.send(Json.object().put("model_name", name));
  }

  private void load(Exchange exchange) {
    RequestObject body = exchange.body();
    String name = body.requiredText("model_name");
    exchange.call(
        () -> {
          models.load(name);
          return name;
        });
    exchange.send(status("loaded", "Model " + name + " loaded successfully."));
  }

  private void unload(Exchange exchange) {
    String name = model(exchange.bodyIfAny().text("model_name"));
    if (!exchange.call(() -> models.unload(name))) {
      throw RequestException.of(
          400,
          "no_model",
          "No model " + name + " is currently loaded; /current_models lists them.");
    }
    exchange.send(status("unloaded", "Model " + name + " successfully unloaded!"));
  }

  private void unloadAll(Exchange exchange) {
    exchange.call(
        () -> {
          models.unloadAll();
          return models;
        });
    exchange.send(status("unloaded", "Models successfully unloaded!"));
  }

  private static ObjectNode status(String status, String message) {
    return Json.object().put("status", status).put("message", message);
  }

  private static RequestException noModel() {
    return RequestException.of(
        400, "no_model", "No model is currently loaded; POST /load_model loads one.");
  }

  private void generate(Exchange exchange) {
    RequestObject body = exchange.body();
    String model = model(body.text("model"));
    ChatRequest request =
        new ChatRequest(
            model, messages(body), List.of(), body.flag("enable_thinking"), null, Settings.NONE);
    boolean stream = Boolean.TRUE.equals(body.flag("stream"));
    TokenStream tokens = new TokenStream();
    if (stream) {
      exchange.stream(() -> server.engine().answer(request), tokens);
    } else {
      exchange.collect(() -> server.engine().answer(request), TokenStream::response);
    }
  }

  private String model(@Nullable String named) {
    return named != null ? named : models.current().orElseThrow(RkllamaDialect::noModel);
  }

  /** Reads a list of messages, or a single question. */
  private static List<ChatMessage> messages(RequestObject body) {
    JsonNode messages = body.value("messages");
    if (messages == null) {
      throw body.missing("messages");
    }
    return messages.isString()
        ? List.of(new ChatMessage.User(body.requiredText("messages")))
        : Messages.require(body);
  }

  private void pull(Exchange exchange) {
    RequestObject body = exchange.body();
    String reference = body.requiredText("model");
    String name = body.text("model_name");
    exchange.lines(
        LINES,
        lines -> {
          StoredModel model = source.pull(reference, name, pool().store(), new Percents(lines));
          pool().pulled(model);
          lines.accept(model.name() + " is ready.");
        });
  }

  private void remove(Exchange exchange) {
    RequestObject body = exchange.body();
    String name = body.requiredText("model");
    exchange.call(
        () -> {
          pool().delete(name);
          return name;
        });
    exchange.send(Json.object().put("message", "The model has been successfully deleted."));
  }

  /** Writes one line for each percent. */
  private static final class Percents implements Consumer<PullProgress> {
    private final Consumer<? super String> lines;
    private String file = "";
    private long percent;

    Percents(Consumer<? super String> lines) {
      this.lines = lines;
    }

    @Override
    public void accept(PullProgress progress) {
      if (!progress.file().equals(file)) {
        file = progress.file();
        percent = -1;
        lines.accept("Downloading %s (%.2f MB)...".formatted(file, progress.total() / 1048576.0));
      }
      long now = progress.total() == 0 ? 100 : progress.completed() * 100 / progress.total();
      if (now != percent) {
        percent = now;
        lines.accept(now + "%");
      }
    }
  }
}
