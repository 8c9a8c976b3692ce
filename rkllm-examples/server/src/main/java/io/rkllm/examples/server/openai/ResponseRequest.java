package io.rkllm.examples.server.openai;

import io.rkllm.chat.ChatMessage;
import io.rkllm.examples.server.chat.ChatRequest;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.examples.server.message.InputItems;
import io.rkllm.examples.server.message.ToolDeclarations;
import io.rkllm.tools.AnswerSchema;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request for a response of the Responses API.
 *
 * @param chat the conversation
 * @param stream whether the response is sent while it is generated
 * @param echoed the parameters that the response repeats
 */
record ResponseRequest(ChatRequest chat, boolean stream, ObjectNode echoed) {
  private static final List<String> ECHOED =
      List.of("instructions", "max_output_tokens", "metadata", "temperature", "top_p", "user");

  static ResponseRequest read(RequestObject body) {
    rejectUnsupported(body);
    Tools tools = Tools.read(body, ToolDeclarations.readFlat(body));
    List<ChatMessage> messages = InputItems.require(body);
    RequestObject text = body.object("text");
    AnswerSchema schema =
        text == null ? null : ChatCompletionRequest.schema(text.object("format"), "");
    ChatRequest chat =
        new ChatRequest(
            body.requiredText("model"),
            tools.instruct(messages),
            tools.declarations(),
            tools.start(messages),
            ChatCompletionRequest.thinking(body),
            tools.required() ? null : schema,
            truncate(body),
            SamplingParameters.read(body, "max_output_tokens"));
    return new ResponseRequest(chat, Boolean.TRUE.equals(body.flag("stream")), echo(body));
  }

  private static boolean truncate(RequestObject body) {
    String truncation = body.text("truncation");
    return switch (truncation) {
      case null -> false;
      case "disabled" -> false;
      case "auto" -> true;
      default ->
          throw RequestException.badParameter(
              "truncation", "truncation must be auto or disabled, was " + truncation);
    };
  }

  private static ObjectNode echo(RequestObject body) {
    ObjectNode echoed = Json.object();
    for (String member : ECHOED) {
      JsonNode value = body.value(member);
      echoed.set(member, value == null ? Json.MAPPER.nullNode() : value);
    }
    JsonNode tools = body.value("tools");
    JsonNode choice = body.value("tool_choice");
    JsonNode truncation = body.value("truncation");
    echoed.set("tools", tools == null ? Json.array() : tools);
    echoed.set("tool_choice", choice == null ? Json.MAPPER.stringNode("auto") : choice);
    echoed.set("truncation", truncation == null ? Json.MAPPER.stringNode("disabled") : truncation);
    return echoed;
  }

  private static void rejectUnsupported(RequestObject body) {
    for (String member : List.of("previous_response_id", "conversation")) {
      if (body.value(member) != null) {
        throw RequestException.unsupported(
            member,
            member + ": this server stores no responses; send the whole conversation in input");
      }
    }
    if (body.value("prompt") != null) {
      throw RequestException.unsupported(
          "prompt", "prompt: this server stores no prompts; send instructions and input");
    }
    if (Boolean.TRUE.equals(body.flag("background"))) {
      throw RequestException.unsupported(
          "background", "background must be false: this server stores no responses");
    }
    if (Boolean.TRUE.equals(body.flag("store"))) {
      body.ignore("store");
    }
  }
}
