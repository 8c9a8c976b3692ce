package io.rkllm.examples.server;

import io.rkllm.examples.server.http.RkllmServer;
import io.rkllm.examples.server.http.Routes;
import io.rkllm.examples.server.openai.OpenAiDialect;
import java.util.List;

/** All that the server speaks. */
public final class ServerRoutes {
  private ServerRoutes() {}

  /** The dialects and pages of a server. */
  public static List<Routes> of(RkllmServer server) {
    return List.of(new OpenAiDialect(server));
  }
}
