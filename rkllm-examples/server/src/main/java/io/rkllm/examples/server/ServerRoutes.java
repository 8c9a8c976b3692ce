package io.rkllm.examples.server;

import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RkllmServer;
import io.rkllm.examples.server.http.Routes;
import io.rkllm.examples.server.openai.OpenAiDialect;
import io.rkllm.examples.server.page.ChatPage;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** All that the server speaks. */
public final class ServerRoutes {
  private ServerRoutes() {}

  /** The dialects and pages of a server. */
  public static List<Routes> of(RkllmServer server) {
    return List.of(new OpenAiDialect(server), new ChatPage(ServerRoutes::welcome));
  }

  private static JsonNode welcome() {
    return Json.object().put("message", "rkllm is running; a browser sees the chat page here");
  }
}
