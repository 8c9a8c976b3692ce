package io.rkllm.examples.server.ollama;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.examples.server.chat.ChatAnswer;
import io.rkllm.examples.server.chat.ChatRequest;
import io.rkllm.examples.server.chat.CompletionRequest;
import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.chat.Settings;
import io.rkllm.examples.server.http.Exchange;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.examples.server.message.PlainMessages;
import io.rkllm.examples.server.message.ToolDeclarations;
import io.rkllm.tools.AnswerSchema;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a request for an answer asks for.
 *
 * @param model the model
 * @param chat a conversation to be answered; null for another wish
 * @param completion a text to be gone on with; null for another wish. Where there is neither, the
 *     model is only to be loaded or unloaded
 * @param stream whether the answer is sent while it comes
 * @param settings how it is generated
 */
record AnswerRequest(
    String model,
    @Nullable ChatRequest chat,
    @Nullable CompletionRequest completion,
    boolean stream,
    Settings settings) {

  /** Of {@code /api/chat}. */
  static AnswerRequest chat(Exchange exchange) {
    RequestObject body = exchange.body();
    String model = body.requiredText("model");
    List<ChatMessage> messages = PlainMessages.read(body);
    List<ToolDeclaration> tools = ToolDeclarations.read(body);
    AnswerSchema schema = schema(body);
    if (schema != null && !tools.isEmpty()) {
      throw RequestException.unsupported("format", "format and tools do not go together");
    }
    Settings settings = Options.read(body, exchange);
    Boolean thinking = thinking(body);
    ChatRequest chat =
        messages.isEmpty()
            ? null
            : new ChatRequest(model, messages, tools, thinking, schema, settings);
    return complete(new AnswerRequest(model, chat, null, streamed(body), settings), body, exchange);
  }

  /** Of {@code /api/generate}. */
  static AnswerRequest generate(Exchange exchange) {
    RequestObject body = exchange.body();
    String model = body.requiredText("model");
    refuse(body, "suffix", "the model goes on with a text, it cannot fill a gap in one");
    refuse(body, "images", "this server has no image encoder");
    refuse(body, "template", "the template is the model's; send raw and a whole prompt");
    refuse(body, "context", "this server gives no context; send whole conversations to /api/chat");
    String prompt = body.text("prompt");
    String system = body.text("system");
    AnswerSchema schema = schema(body);
    Settings settings = Options.read(body, exchange);
    Boolean thinking = thinking(body);
    boolean raw = Boolean.TRUE.equals(body.flag("raw"));
    if (raw && schema != null) {
      throw RequestException.unsupported("format", "format and raw do not go together");
    }
    ChatRequest chat = null;
    CompletionRequest completion = null;
    if (prompt != null && !prompt.isEmpty()) {
      if (raw) {
        completion = new CompletionRequest(model, prompt, settings);
      } else {
        List<ChatMessage> messages = new ArrayList<>();
        if (system != null && !system.isEmpty()) {
          messages.add(new ChatMessage.SystemPrompt(system));
        }
        messages.add(new ChatMessage.User(prompt));
        chat = new ChatRequest(model, messages, List.of(), thinking, schema, settings);
      }
    }
    return complete(
        new AnswerRequest(model, chat, completion, streamed(body), settings), body, exchange);
  }

  /** Whether nothing is to be answered. */
  boolean isEmpty() {
    return chat == null && completion == null;
  }

  /** Begins to answer it. */
  ChatAnswer begin(Engine engine) {
    if (completion != null) {
      return engine.complete(completion);
    }
    if (chat != null) {
      return engine.answer(chat);
    }
    throw new IllegalStateException("there is nothing to answer");
  }

  private static AnswerRequest complete(
      AnswerRequest request, RequestObject body, Exchange exchange) {
    exchange.ignore(body.unknown());
    return request;
  }

  private static boolean streamed(RequestObject body) {
    return !Boolean.FALSE.equals(body.flag("stream"));
  }

  private static void refuse(RequestObject body, String field, String why) {
    JsonNode value = body.value(field);
    if (value != null && !(value.isContainer() ? value.isEmpty() : value.asString().isEmpty())) {
      throw RequestException.unsupported(field, field + ": " + why);
    }
  }

  /** Yes or no; or how hard, for models that know degrees of it, which here all mean yes. */
  private static @Nullable Boolean thinking(RequestObject body) {
    JsonNode think = body.value("think");
    if (think != null && think.isString()) {
      if (List.of("low", "medium", "high").contains(think.stringValue())) {
        return true;
      }
      throw RequestException.badParameter(
          "think", "think must be true, false, low, medium or high, was " + think);
    }
    return body.flag("think");
  }

  private static @Nullable AnswerSchema schema(RequestObject body) {
    JsonNode format = body.value("format");
    if (format == null) {
      return null;
    }
    if (format.isObject()) {
      try {
        return AnswerSchema.of(format.toString());
      } catch (IllegalArgumentException e) {
        throw RequestException.badParameter("format", String.valueOf(e.getMessage()));
      }
    }
    return switch (format.isString() ? format.stringValue() : "other") {
      case "" -> null;
      case "json" -> AnswerSchema.anyObject();
      default ->
          throw RequestException.badParameter(
              "format", "format must be json or a JSON Schema, was " + format);
    };
  }
}
