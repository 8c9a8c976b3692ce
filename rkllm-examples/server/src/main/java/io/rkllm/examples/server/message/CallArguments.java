package io.rkllm.examples.server.message;

import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads the arguments of a tool call: a JSON object, or a string that contains one. */
public final class CallArguments {
  private CallArguments() {}

  /**
   * Returns the member {@code arguments} as JSON; an empty object if it is absent.
   *
   * @throws RequestException if it is neither
   */
  public static String read(RequestObject function) {
    JsonNode arguments = function.value("arguments");
    if (arguments == null || (arguments.isString() && arguments.stringValue().isBlank())) {
      return "{}";
    }
    if (arguments.isObject()) {
      return arguments.toString();
    }
    try {
      if (arguments.isString() && Json.MAPPER.readTree(arguments.stringValue()).isObject()) {
        return arguments.stringValue();
      }
    } catch (JacksonException _) {
      // rejected below
    }
    throw RequestException.badParameter(
        function.name("arguments"), function.name("arguments") + " must be a JSON object");
  }
}
