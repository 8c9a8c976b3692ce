package io.rkllm.examples.server.openai;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.examples.server.model.AnswerStart;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The tools that a model may call.
 *
 * @param declarations the tools presented to the model
 * @param required whether the model must call one of them
 */
record Tools(List<ToolDeclaration> declarations, boolean required) {
  private static final String CHOICES =
      "tool_choice must be none, auto, required, or name a function";

  /**
   * Reads the choice among the declared tools. Its members may be nested, as in chat completions,
   * or not, as in the Responses API.
   */
  static Tools read(RequestObject body, List<ToolDeclaration> declarations) {
    JsonNode choice = body.value("tool_choice");
    if (choice != null && choice.isObject()) {
      return chosen(body.requiredObject("tool_choice"), declarations);
    }
    String mode = body.text("tool_choice");
    return switch (mode) {
      case null -> new Tools(declarations, false);
      case "auto", "" -> new Tools(declarations, false);
      case "none" -> new Tools(List.of(), false);
      case "required", "any" -> required(declarations);
      default -> throw RequestException.badParameter("tool_choice", CHOICES + ", was " + mode);
    };
  }

  private static Tools chosen(RequestObject choice, List<ToolDeclaration> declarations) {
    boolean allows =
        "allowed_tools".equals(choice.text("type")) || choice.value("allowed_tools") != null;
    if (!allows) {
      String name = nested(choice, "function").text("name");
      if (name == null) {
        throw RequestException.badParameter("tool_choice", CHOICES);
      }
      return named(List.of(name), declarations);
    }
    RequestObject allowed = nested(choice, "allowed_tools");
    List<String> names = new ArrayList<>();
    for (RequestObject tool : allowed.objects("tools")) {
      tool.skip("type");
      names.add(nested(tool, "function").requiredText("name"));
    }
    Tools tools = named(names, declarations);
    return "required".equals(allowed.text("mode"))
        ? tools
        : new Tools(tools.declarations, /* required= */ false);
  }

  /** Returns the object in a member, or the object itself if there is none. */
  private static RequestObject nested(RequestObject object, String member) {
    RequestObject nested = object.object(member);
    return nested == null ? object : nested;
  }

  private static Tools named(List<String> names, List<ToolDeclaration> declarations) {
    List<String> declared = declarations.stream().map(ToolDeclaration::name).toList();
    for (String name : names) {
      if (!declared.contains(name)) {
        throw RequestException.badParameter(
            "tool_choice", "tool_choice names " + name + ", which is not among the tools");
      }
    }
    return required(declarations.stream().filter(tool -> names.contains(tool.name())).toList());
  }

  private static Tools required(List<ToolDeclaration> declarations) {
    if (declarations.isEmpty()) {
      throw RequestException.badParameter("tool_choice", "tool_choice required needs tools");
    }
    return new Tools(declarations, /* required= */ true);
  }

  /**
   * Returns the start of the answer to the given messages: inside a call, if a call is required.
   */
  AnswerStart start(List<ChatMessage> messages) {
    return required ? new AnswerStart.ToolCall(onlyName()) : AnswerStart.after(messages);
  }

  /** Returns the messages with an instruction to call a tool, if a call is required. */
  List<ChatMessage> instruct(List<ChatMessage> messages) {
    if (!required) {
      return messages;
    }
    String name = onlyName();
    String instruction =
        name == null
            ? "Answer by calling one of the tools."
            : "Answer by calling the tool " + name + ".";
    List<ChatMessage> instructed = new ArrayList<>(messages);
    if (messages.getLast() instanceof ChatMessage.User question) {
      instructed.removeLast();
      instruction = question.text() + "\n\n" + instruction;
    }
    instructed.add(new ChatMessage.User(instruction));
    return instructed;
  }

  private @Nullable String onlyName() {
    return declarations.size() == 1 ? declarations.getFirst().name() : null;
  }
}
