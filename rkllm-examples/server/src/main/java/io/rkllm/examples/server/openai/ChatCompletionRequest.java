package io.rkllm.examples.server.openai;

import io.rkllm.chat.ChatMessage;
import io.rkllm.examples.server.chat.ChatRequest;
import io.rkllm.examples.server.chat.Settings;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.tools.AnswerSchema;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request for a chat completion.
 *
 * @param chat what is to be answered
 * @param stream whether the answer is sent while it comes
 * @param includeUsage whether a stream ends with the token counts
 */
record ChatCompletionRequest(ChatRequest chat, boolean stream, boolean includeUsage) {

  static ChatCompletionRequest read(RequestObject body) {
    rejectUnsupported(body);
    String model = body.requiredText("model");
    Tools tools = Tools.read(body);
    AnswerSchema schema = schema(body);
    if (schema != null && !tools.declarations().isEmpty()) {
      throw RequestException.unsupported(
          "response_format", "response_format goes with tool_choice none, not with tools");
    }
    List<ChatMessage> messages = new ArrayList<>(Messages.read(body));
    if (tools.instruction() != null) {
      messages.add(new ChatMessage.User(tools.instruction()));
    }
    Settings settings = SamplingParameters.read(body);
    RequestObject streaming = body.object("stream_options");
    return new ChatCompletionRequest(
        new ChatRequest(model, messages, tools.declarations(), thinking(body), schema, settings),
        Boolean.TRUE.equals(body.flag("stream")),
        streaming != null && Boolean.TRUE.equals(streaming.flag("include_usage")));
  }

  /** By OpenAI's parameter, or by the two that other servers have for it. */
  private static @Nullable Boolean thinking(RequestObject body) {
    Boolean thinking = body.flag("enable_thinking");
    RequestObject template = body.object("chat_template_kwargs");
    if (thinking == null && template != null) {
      thinking = template.flag("enable_thinking");
    }
    String effort = body.text("reasoning_effort");
    if (thinking == null && effort != null) {
      thinking = !effort.equals("none") && !effort.equals("minimal");
    }
    return thinking;
  }

  private static @Nullable AnswerSchema schema(RequestObject body) {
    RequestObject format = body.object("response_format");
    if (format == null) {
      return null;
    }
    String type = format.requiredText("type");
    return switch (type) {
      case "text" -> null;
      case "json_object" -> AnswerSchema.anyObject();
      case "json_schema" -> {
        RequestObject named = format.object("json_schema");
        RequestObject schema = named == null ? null : named.object("schema");
        if (schema == null) {
          throw RequestException.badParameter(
              "response_format.json_schema.schema",
              "response_format.json_schema.schema is missing");
        }
        try {
          yield AnswerSchema.of(schema.json().toString());
        } catch (IllegalArgumentException e) {
          throw RequestException.badParameter(
              "response_format.json_schema.schema", String.valueOf(e.getMessage()));
        }
      }
      default ->
          throw RequestException.badParameter(
              "response_format.type",
              "response_format.type must be text, json_object or json_schema, was " + type);
    };
  }

  private static void rejectUnsupported(RequestObject body) {
    if (body.value("functions") != null || body.value("function_call") != null) {
      throw RequestException.unsupported("functions", "functions are called tools now; use tools");
    }
    if (body.value("audio") != null
        || body.texts("modalities").stream().anyMatch(kind -> !kind.equals("text"))) {
      throw RequestException.unsupported("modalities", "answers are text; modalities must be text");
    }
  }
}
