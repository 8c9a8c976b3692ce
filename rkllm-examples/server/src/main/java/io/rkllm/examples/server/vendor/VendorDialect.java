package io.rkllm.examples.server.vendor;

import io.javalin.config.RoutesConfig;
import io.rkllm.chat.ChatMessage;
import io.rkllm.examples.server.chat.ChatRequest;
import io.rkllm.examples.server.chat.Settings;
import io.rkllm.examples.server.http.ApiDialect;
import io.rkllm.examples.server.http.Exchange;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.examples.server.http.RkllmServer;
import io.rkllm.examples.server.message.Messages;
import io.rkllm.examples.server.message.ToolDeclarations;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The API of the vendor's demonstration server as of release 1.2.3. Answers contain the text of the
 * model, including the tags of thinking and tool calls, which clients parse themselves.
 */
public final class VendorDialect implements ApiDialect {
  private static final String PATH = "/rkllm_chat";

  private final RkllmServer server;

  /** Creates the dialect for a server. */
  public VendorDialect(RkllmServer server) {
    this.server = server;
  }

  @Override
  public void addTo(RoutesConfig routes) {
    routes.post(PATH, server.handler(this::chat));
  }

  @Override
  public boolean handles(String path) {
    return path.equals(PATH);
  }

  @Override
  public JsonNode error(RequestException error) {
    return errorJson(error);
  }

  static ObjectNode errorJson(RequestException error) {
    String words =
        error.status() == 503
            ? "RKLLM_Server is busy! Maybe you can try again later. (" + error.message() + ")"
            : error.message();
    return Json.object().put("status", "error").put("message", words);
  }

  private void chat(Exchange exchange) {
    RequestObject body = exchange.body();
    List<ChatMessage> messages = Messages.require(body);
    ChatRequest request =
        new ChatRequest(
            model(body),
            messages,
            ToolDeclarations.read(body),
            body.flag("enable_thinking"),
            null,
            Settings.NONE);
    boolean stream = Boolean.TRUE.equals(body.flag("stream"));
    VendorAnswer answer = new VendorAnswer(request.model(), messages.size() - 1);
    if (stream) {
      exchange.stream(() -> server.engine().answer(request), answer);
    } else {
      exchange.collect(() -> server.engine().answer(request), answer::response);
    }
  }

  /**
   * Returns the requested model. The vendor's server has only one, for which clients use any name,
   * so an unknown name selects the first model.
   */
  private String model(RequestObject body) {
    ModelStore store = server.engine().pool().store();
    String name = body.text("model");
    if (name != null && store.contains(name)) {
      return name;
    }
    body.ignore("model");
    return store.list().stream()
        .findFirst()
        .map(StoredModel::name)
        .orElseThrow(
            () ->
                RequestException.of(
                    404,
                    "model_not_found",
                    "the store has no models; rkllm pull user/repository/file.rkllm fetches one"));
  }
}
