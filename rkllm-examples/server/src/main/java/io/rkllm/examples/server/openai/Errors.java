package io.rkllm.examples.server.openai;

import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import tools.jackson.databind.node.ObjectNode;

/** Creates OpenAI's error objects. */
final class Errors {
  private Errors() {}

  static ObjectNode of(RequestException error) {
    ObjectNode json = Json.object();
    json.putObject("error")
        .put("message", error.message())
        .put("type", type(error.status()))
        .put("param", error.parameter().orElse(null))
        .put("code", error.code());
    return json;
  }

  private static String type(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 429 -> "rate_limit_error";
      default -> status < 500 ? "invalid_request_error" : "server_error";
    };
  }
}
