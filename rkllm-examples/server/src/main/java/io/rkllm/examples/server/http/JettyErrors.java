package io.rkllm.examples.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.BiFunction;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Writes the errors that Jetty reports by itself, outside of the server's handlers, in the form of
 * the dialects: malformed HTTP requests, headers that are too large, and ambiguous paths.
 */
final class JettyErrors extends ErrorHandler {
  private final BiFunction<RequestException, String, JsonNode> toJson;

  /**
   * Creates an error handler.
   *
   * @param toJson returns the body of an error for a path
   */
  JettyErrors(BiFunction<RequestException, String, JsonNode> toJson) {
    this.toJson = toJson;
  }

  @Override
  public boolean errorPageForMethod(String method) {
    return true; // also for DELETE, and for a request whose method is not known
  }

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int code,
      @Nullable String message,
      @Nullable Throwable cause,
      Callback callback) {
    RequestException error =
        RequestException.of(code, "http_" + code, HttpErrors.message(code, message));
    byte[] body = Json.text(toJson.apply(error, path(request))).getBytes(StandardCharsets.UTF_8);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json; charset=utf-8");
    response.write(true, ByteBuffer.wrap(body), callback);
  }

  private static String path(Request request) {
    String path = request.getHttpURI().getCanonicalPath();
    return path == null ? "/" : path;
  }
}
