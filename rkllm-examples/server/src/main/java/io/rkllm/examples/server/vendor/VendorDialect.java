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
import io.rkllm.examples.server.message.PlainMessages;
import io.rkllm.examples.server.message.ToolDeclarations;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.examples.server.store.UnknownModelException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The API of the vendor's demonstration server as of release 1.2.3. Answers are the model's own
 * text, with the tags of its thinking and its calls of tools: clients read them out themselves.
 */
public final class VendorDialect implements ApiDialect {
  private static final String PATH = "/rkllm_chat";

  private final RkllmServer server;

  /** The dialect over a server. */
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
    List<ChatMessage> messages = PlainMessages.readSome(body);
    ChatRequest request =
        new ChatRequest(
            model(body.text("model"), exchange),
            messages,
            ToolDeclarations.read(body),
            body.flag("enable_thinking"),
            null,
            Settings.NONE);
    boolean stream = Boolean.TRUE.equals(body.flag("stream"));
    exchange.ignore(body.unknown());
    VendorAnswer answer = new VendorAnswer(request.model(), messages.size() - 1);
    if (stream) {
      exchange.stream(() -> server.engine().answer(request), answer);
    } else {
      exchange.collect(() -> server.engine().answer(request), answer::response);
    }
  }

  /**
   * The vendor's server has one model, and clients name it as they like. Here a name that no model
   * has stands for the first one.
   */
  private String model(@Nullable String name, Exchange exchange) {
    ModelStore store = server.engine().pool().store();
    if (name != null) {
      try {
        return store.get(name).name();
      } catch (UnknownModelException _) {
        exchange.ignore(Set.of("model"));
      }
    }
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
