package io.rkllm.examples.server.message;

import io.rkllm.chat.ToolDeclaration;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Reads the tools that a model may call: {@code {"type": "function", "function": {…}}}, or, in the
 * Responses API, {@code {"type": "function", …}}.
 */
public final class ToolDeclarations {
  private static final String NO_PARAMETERS = "{\"type\":\"object\",\"properties\":{}}";

  private ToolDeclarations() {}

  /**
   * Returns the tools in the member {@code tools} of a body; none if it is absent.
   *
   * @throws RequestException if a tool is invalid
   */
  public static List<ToolDeclaration> read(RequestObject body) {
    return read(body, tool -> tool.requiredObject("function"));
  }

  /** Returns the tools as {@link #read} does, from the form of the Responses API. */
  public static List<ToolDeclaration> readFlat(RequestObject body) {
    return read(body, UnaryOperator.identity());
  }

  /**
   * Returns the tools.
   *
   * @param function returns the object that describes the function of a tool
   */
  private static List<ToolDeclaration> read(
      RequestObject body, UnaryOperator<RequestObject> function) {
    List<ToolDeclaration> declarations = new ArrayList<>();
    for (RequestObject tool : body.objects("tools")) {
      String type = tool.text("type");
      if (type != null && !type.equals("function")) {
        throw RequestException.unsupported(
            tool.name("type"), tool.name("type") + " must be function, was " + type);
      }
      declarations.add(declaration(function.apply(tool)));
    }
    return declarations;
  }

  private static ToolDeclaration declaration(RequestObject function) {
    String description = function.text("description");
    RequestObject parameters = function.object("parameters");
    try {
      return new ToolDeclaration(
          function.requiredText("name"),
          description == null ? "" : description,
          parameters == null ? NO_PARAMETERS : parameters.json().toString());
    } catch (IllegalArgumentException e) {
      throw RequestException.badParameter(function.name("name"), String.valueOf(e.getMessage()));
    }
  }
}
