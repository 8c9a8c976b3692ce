package io.rkllm.examples.server.page;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.Routes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/**
 * Serves the chat page. It consists of resources of this program and libraries from WebJars, each
 * with a path of its own. No other resource of the class path can be requested.
 */
public final class ChatPage implements Routes {
  private static final String WEBJARS = "META-INF/resources/webjars/";

  /**
   * The policy that forbids browsers to load anything from other servers and to run inline code.
   */
  private static final String CONTENT_SECURITY_POLICY =
      String.join(
          "; ",
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "img-src 'self' data:",
          "connect-src 'self'",
          "base-uri 'none'",
          "form-action 'none'",
          "frame-ancestors 'none'");

  private static final List<String> OWN_FILES =
      List.of(
          "announcer.js",
          "answer.js",
          "api.js",
          "code-block.js",
          "composer.js",
          "context-gauge.js",
          "conversation.js",
          "conversations.js",
          "dom.js",
          "events.js",
          "highlight.css",
          "icon.svg",
          "import.js",
          "key-dialog.js",
          "main.js",
          "markdown.js",
          "math.js",
          "menu.js",
          "message.js",
          "model-choice.js",
          "notice.js",
          "settings.js",
          "sidebar.js",
          "style.css",
          "theme.js",
          "thread.js",
          "title.js",
          "tool-calls.js",
          "tools.js");

  /** The libraries by path. The paths have no versions, so that links survive an update. */
  private static final Map<String, String> LIBRARIES =
      Map.of(
          "marked.js", "marked/16.4.1/lib/marked.esm.js",
          "dompurify.js", "dompurify/3.3.3/dist/purify.es.mjs",
          "highlight.js", "highlightjs/11.11.1/highlight.min.js");

  private final PageFile page;
  private final Map<String, PageFile> files;
  private final Supplier<? extends JsonNode> welcome;

  /**
   * Creates the page, reading its files.
   *
   * @param welcome returns the response for programs that request {@code /}, the path of the page
   */
  public ChatPage(Supplier<? extends JsonNode> welcome) {
    this.welcome = welcome;
    page = PageFile.read("page/index.html");
    files = new LinkedHashMap<>();
    OWN_FILES.forEach(name -> files.put("/page/" + name, PageFile.read("page/" + name)));
    LIBRARIES.forEach((name, path) -> files.put("/webjars/" + name, PageFile.read(WEBJARS + path)));
  }

  @Override
  public void addTo(RoutesConfig routes) {
    Routes.get(routes, "/", this::welcome);
    files.forEach((path, file) -> Routes.get(routes, path, context -> send(context, file)));
  }

  private void welcome(Context context) {
    context.header("Vary", "Accept");
    String accepted = context.header("Accept");
    if (accepted != null && accepted.contains("text/html")) {
      send(context, page);
    } else {
      context
          .contentType("application/json; charset=utf-8")
          .result(Json.MAPPER.writeValueAsBytes(welcome.get()));
    }
  }

  private static void send(Context context, PageFile file) {
    context
        .header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .header("X-Content-Type-Options", "nosniff")
        .header("Referrer-Policy", "no-referrer");
    file.send(context);
  }
}
