package io.rkllm.examples.server.openai;

import io.rkllm.chat.ToolDeclaration;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.examples.server.message.ToolDeclarations;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Which tools a model may call, and whether it must.
 *
 * @param declarations the tools it is shown
 * @param instruction what it is told besides; null for nothing
 */
record Tools(List<ToolDeclaration> declarations, @Nullable String instruction) {
  static Tools read(RequestObject body) {
    return choose(body, ToolDeclarations.read(body));
  }

  private static Tools choose(RequestObject body, List<ToolDeclaration> declarations) {
    JsonNode choice = body.value("tool_choice");
    if (choice != null && choice.isObject()) {
      RequestObject chosen = body.object("tool_choice");
      RequestObject function = chosen == null ? null : chosen.object("function");
      if (function == null) {
        throw RequestException.badParameter(
            "tool_choice", "tool_choice must be none, auto, required, or name a function");
      }
      return named(function.requiredText("name"), declarations);
    }
    String mode = body.text("tool_choice");
    return switch (mode) {
      case null -> new Tools(declarations, null);
      case "auto" -> new Tools(declarations, null);
      case "none" -> new Tools(List.of(), null);
      case "required" -> {
        if (declarations.isEmpty()) {
          throw RequestException.badParameter("tool_choice", "tool_choice required needs tools");
        }
        yield new Tools(declarations, "Answer by calling one of the tools.");
      }
      default ->
          throw RequestException.badParameter(
              "tool_choice",
              "tool_choice must be none, auto, required, or name a function, was " + mode);
    };
  }

  private static Tools named(String name, List<ToolDeclaration> declarations) {
    List<ToolDeclaration> named =
        declarations.stream().filter(tool -> tool.name().equals(name)).toList();
    if (named.isEmpty()) {
      throw RequestException.badParameter(
          "tool_choice", "tool_choice names " + name + ", which is not among the tools");
    }
    return new Tools(named, "Answer by calling the tool " + name + ".");
  }
}
