package io.rkllm.examples.server;

import io.rkllm.examples.server.http.RkllmServer;
import io.rkllm.examples.server.http.Routes;
import io.rkllm.examples.server.hub.HuggingFaceHub;
import io.rkllm.examples.server.hub.ModelSource;
import io.rkllm.examples.server.ollama.OllamaDialect;
import io.rkllm.examples.server.openai.OpenAiDialect;
import io.rkllm.examples.server.page.ChatPage;
import io.rkllm.examples.server.rkllama.RkllamaDialect;
import io.rkllm.examples.server.vendor.VendorDialect;
import java.util.List;

/** The routes of the server. */
public final class ServerRoutes {
  private ServerRoutes() {}

  /** Returns the dialects and pages of a server. */
  public static List<Routes> of(RkllmServer server) {
    return of(server, HuggingFaceHub.fromEnvironment()::pull);
  }

  /** Returns the dialects and pages of a server that pulls models from the given source. */
  public static List<Routes> of(RkllmServer server, ModelSource source) {
    return List.of(
        new OpenAiDialect(server),
        new OllamaDialect(server, source),
        new RkllamaDialect(server, source),
        new VendorDialect(server),
        new ChatPage(RkllamaDialect::welcome));
  }
}
