package io.rkllm.examples.server.openai;

import io.javalin.config.RoutesConfig;
import io.rkllm.examples.server.http.ApiDialect;
import io.rkllm.examples.server.http.Exchange;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.examples.server.http.RkllmServer;
import io.rkllm.examples.server.http.Routes;
import io.rkllm.examples.server.model.ModelSummary;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The API of OpenAI: models, chat completions, responses, completions and embeddings. Release 1.3
 * of the vendor's server has the same API, except for responses.
 */
public final class OpenAiDialect implements ApiDialect {
  private static final String VENDORS_MODEL = "rkllm";

  private final RkllmServer server;

  /** Creates the dialect for a server. */
  public OpenAiDialect(RkllmServer server) {
    this.server = server;
  }

  @Override
  public void addTo(RoutesConfig routes) {
    Routes.get(routes, "/v1/models", server.handler(this::models));
    Routes.get(routes, "/v1/models/{model}", server.handler(this::model));
    routes.post("/v1/chat/completions", server.handler(this::chat));
    routes.post("/v1/completions", server.handler(this::complete));
    routes.post("/v1/embeddings", server.handler(this::embed));
    routes.post("/v1/responses", server.handler(this::respond));
  }

  @Override
  public boolean handles(String path) {
    return path.startsWith("/v1");
  }

  @Override
  public JsonNode error(RequestException error) {
    return Errors.of(error);
  }

  private void models(Exchange exchange) {
    ObjectNode list = Json.object().put("object", "list");
    ArrayNode data = list.putArray("data");
    server.engine().pool().store().list().forEach(model -> data.add(describe(model)));
    exchange.send(list);
  }

  private void model(Exchange exchange) {
    exchange.send(describe(server.engine().pool().store().get(exchange.pathParameter("model"))));
  }

  /**
   * Describes a model. Everything but the first four members is an addition to OpenAI's API; with
   * {@code simulator}, a simulated model is not taken for a real one.
   */
  private ObjectNode describe(StoredModel model) {
    ObjectNode json =
        Json.object()
            .put("id", model.name())
            .put("object", "model")
            .put("created", model.modifiedAt().getEpochSecond())
            .put("owned_by", "rkllm")
            .put("simulator", model.isSimulated());
    ModelSummary summary = ModelSummary.of(model);
    json.put(
        "context_length", summary.servedContext(server.engine().pool().defaultContextLength()));
    summary.family().ifPresent(family -> json.put("family", family));
    summary.parameterSize().ifPresent(size -> json.put("parameter_size", size));
    summary.quantization().ifPresent(quantization -> json.put("quantization", quantization));
    json.set("capabilities", Json.MAPPER.valueToTree(summary.capabilities()));
    return json;
  }

  private void chat(Exchange exchange) {
    RequestObject body = exchange.body();
    String name = body.requiredText("model");
    Optional<String> vendors = vendorsModel(name);
    ChatCompletionRequest request = ChatCompletionRequest.read(body, vendors.orElse(name));
    ChatCompletion completion = new ChatCompletion(request, vendors.isPresent());
    if (request.stream()) {
      exchange.stream(
          () -> server.engine().answer(request.chat()), new ChatCompletionChunks(completion));
    } else {
      exchange.collect(() -> server.engine().answer(request.chat()), completion::response);
    }
  }

  /**
   * Returns the model that takes the place of the only model of the vendor's server, whose client
   * calls it {@value #VENDORS_MODEL}; empty for any other name, and if the store has a model of
   * this name.
   */
  private Optional<String> vendorsModel(String name) {
    ModelStore store = server.engine().pool().store();
    return name.equals(VENDORS_MODEL) && !store.contains(name)
        ? store.list().stream().map(StoredModel::name).findFirst()
        : Optional.empty();
  }

  private void complete(Exchange exchange) {
    RequestObject body = exchange.body();
    TextCompletionRequest request = TextCompletionRequest.read(body);
    TextCompletion completion = new TextCompletion(request);
    if (request.stream()) {
      exchange.stream(
          () -> server.engine().complete(request.completion()),
          new TextCompletionChunks(completion));
    } else {
      exchange.collect(() -> server.engine().complete(request.completion()), completion::response);
    }
  }

  private void respond(Exchange exchange) {
    ResponseRequest request = ResponseRequest.read(exchange.body());
    Response response = new Response(request);
    if (request.stream()) {
      exchange.stream(() -> server.engine().answer(request.chat()), new ResponseEvents(response));
    } else {
      exchange.collect(() -> server.engine().answer(request.chat()), response::response);
    }
  }

  private void embed(Exchange exchange) {
    RequestObject body = exchange.body();
    EmbeddingsRequest request = EmbeddingsRequest.read(body);
    exchange.send(request.response(exchange.call(() -> server.engine().embed(request.embed()))));
  }
}
