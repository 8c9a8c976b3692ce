package io.rkllm.examples.server.ollama;

import io.javalin.config.RoutesConfig;
import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.http.ApiDialect;
import io.rkllm.examples.server.http.Exchange;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.examples.server.http.RkllmServer;
import io.rkllm.examples.server.http.Routes;
import io.rkllm.examples.server.hub.ModelSource;
import io.rkllm.examples.server.model.ModelPool;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The API of Ollama. */
public final class OllamaDialect implements ApiDialect {
  /**
   * The release of Ollama whose API is implemented, from which clients derive the supported
   * features.
   */
  private static final String VERSION = "0.12.10";

  private final RkllmServer server;
  private final ModelSource source;

  /**
   * Creates the dialect for a server.
   *
   * @param source the source that models are pulled from
   */
  public OllamaDialect(RkllmServer server, ModelSource source) {
    this.server = server;
    this.source = source;
  }

  @Override
  public void addTo(RoutesConfig routes) {
    Routes.get(routes, "/api/version", server.handler(this::version));
    Routes.get(routes, "/api/tags", server.handler(this::tags));
    Routes.get(routes, "/api/ps", server.handler(this::ps));
    Routes.get(routes, "/current_models", server.handler(this::ps)); // the name used by RKLLama
    routes.post("/api/show", server.handler(this::show));
    routes.post("/api/chat", server.handler(this::chat));
    routes.post("/api/generate", server.handler(this::generate));
    routes.post("/api/embed", server.handler(this::embed));
    routes.post("/api/embeddings", server.handler(this::embeddings));
    routes.post("/api/pull", server.handler(this::pull));
    routes.post("/api/create", server.handler(this::create));
    routes.post("/api/copy", server.handler(this::copy));
    routes.delete("/api/delete", server.handler(this::delete));
  }

  @Override
  public boolean handles(String path) {
    return path.startsWith("/api/");
  }

  @Override
  public JsonNode error(RequestException error) {
    return errorJson(error);
  }

  static ObjectNode errorJson(RequestException error) {
    return Json.object().put("error", error.message());
  }

  private Engine engine() {
    return server.engine();
  }

  private ModelPool pool() {
    return engine().pool();
  }

  private void version(Exchange exchange) {
    exchange.send(Json.object().put("version", VERSION));
  }

  private void tags(Exchange exchange) {
    ObjectNode list = Json.object();
    ArrayNode models = list.putArray("models");
    pool().store().list().forEach(model -> models.add(new ModelFacts(model).listed()));
    exchange.send(list);
  }

  private void ps(Exchange exchange) {
    ObjectNode list = Json.object();
    ArrayNode models = list.putArray("models");
    pool().loaded().forEach(model -> models.add(new ModelFacts(model.stored()).loaded(model)));
    exchange.send(list);
  }

  private void show(Exchange exchange) {
    RequestObject body = exchange.body();
    ModelFacts facts = new ModelFacts(pool().store().get(modelOf(body)));
    exchange.send(facts.shown(pool().defaultContextLength()));
  }

  /** Returns the member {@code model}, or its former name {@code name}. */
  private static String modelOf(RequestObject body) {
    String name = body.text("name");
    return name != null && body.value("model") == null ? name : body.requiredText("model");
  }

  private void chat(Exchange exchange) {
    AnswerRequest request = AnswerRequest.chat(exchange.body());
    answer(exchange, request, Reply.chat(request.model()));
  }

  private void generate(Exchange exchange) {
    AnswerRequest request = AnswerRequest.generate(exchange.body());
    answer(
        exchange,
        request,
        request.completion() == null
            ? Reply.generate(request.model())
            : Reply.raw(request.model()));
  }

  private void answer(Exchange exchange, AnswerRequest request, Reply reply) {
    if (request.isEmpty()) {
      exchange.send(reply.done(exchange.call(() -> load(request))));
    } else if (request.stream()) {
      exchange.stream(() -> request.begin(engine()), reply);
    } else {
      exchange.collect(() -> request.begin(engine()), reply::response);
    }
  }

  /** Loads the model, or unloads it if the keep-alive time is zero. */
  private String load(AnswerRequest request) {
    if (Duration.ZERO.equals(request.settings().keepAlive())) {
      pool().unload(request.model());
      return "unload";
    }
    engine().load(request.model(), request.settings().keepAlive());
    return "load";
  }

  private void embed(Exchange exchange) {
    Embeddings embeddings = Embeddings.read(exchange.body());
    exchange.send(embeddings.response(exchange.call(() -> embeddings.embed(engine()))));
  }

  private void embeddings(Exchange exchange) {
    Embeddings embeddings = Embeddings.readOlder(exchange.body());
    exchange.send(embeddings.olderResponse(exchange.call(() -> embeddings.embed(engine()))));
  }

  private void pull(Exchange exchange) {
    RequestObject body = exchange.body();
    String reference = modelOf(body);
    Pull pull = new Pull(source, pool());
    if (Boolean.TRUE.equals(body.flag("insecure"))) {
      body.ignore("insecure");
    }
    boolean streamed = !Boolean.FALSE.equals(body.flag("stream"));
    if (streamed) {
      pull.streamed(exchange, reference);
    } else {
      pull.whole(exchange, reference);
    }
  }

  private void create(Exchange exchange) {
    RequestObject body = exchange.body();
    String name = modelOf(body);
    String modelfile = CreateRequest.modelfile(body);
    boolean streamed = !Boolean.FALSE.equals(body.flag("stream"));
    exchange.call(() -> pool().create(name, modelfile));
    ObjectNode success = Pull.status("success");
    if (streamed) {
      exchange.lines(Pull.LINES, lines -> lines.accept(Json.line(success)));
    } else {
      exchange.send(success);
    }
  }

  /** Copies a model. Sends only a status, as {@link #delete} does. */
  private void copy(Exchange exchange) {
    RequestObject body = exchange.body();
    String source = pool().store().get(body.requiredText("source")).name();
    String destination = body.requiredText("destination");
    exchange.call(() -> pool().create(destination, "FROM=\"" + source + "\"\n"));
    exchange.sendNothing();
  }

  private void delete(Exchange exchange) {
    RequestObject body = exchange.body();
    String name = modelOf(body);
    exchange.call(
        () -> {
          pool().delete(name);
          return name;
        });
    exchange.sendNothing();
  }
}
