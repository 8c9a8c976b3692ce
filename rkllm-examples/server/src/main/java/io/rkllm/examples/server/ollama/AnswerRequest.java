package io.rkllm.examples.server.ollama;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.examples.server.chat.ChatAnswer;
import io.rkllm.examples.server.chat.ChatRequest;
import io.rkllm.examples.server.chat.CompletionRequest;
import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.chat.Settings;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.examples.server.message.Messages;
import io.rkllm.examples.server.message.ThinkingLevel;
import io.rkllm.examples.server.message.ToolDeclarations;
import io.rkllm.tools.AnswerSchema;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A request for an answer.
 *
 * @param model the model
 * @param chat a conversation to answer, or null
 * @param completion a text to continue, or null. If there is neither, the model is only loaded or
 *     unloaded
 * @param stream whether the answer is sent while it is generated
 * @param settings the settings of the generation
 */
record AnswerRequest(
    String model,
    @Nullable ChatRequest chat,
    @Nullable CompletionRequest completion,
    boolean stream,
    Settings settings) {

  /** Reads the body of {@code /api/chat}. */
  static AnswerRequest chat(RequestObject body) {
    String model = body.requiredText("model");
    rejectLogprobs(body);
    List<ChatMessage> messages = Messages.read(body);
    List<ToolDeclaration> tools = ToolDeclarations.read(body);
    AnswerSchema schema = schema(body);
    Settings settings = Options.read(body);
    Boolean thinking = ThinkingLevel.read(body, "think");
    boolean truncate = !Boolean.FALSE.equals(body.flag("truncate"));
    ChatRequest chat =
        messages.isEmpty()
            ? null
            : new ChatRequest(model, messages, tools, thinking, schema, settings)
                .withTruncate(truncate);
    return new AnswerRequest(model, chat, null, streamed(body), settings);
  }

  /** Reads the body of {@code /api/generate}. */
  static AnswerRequest generate(RequestObject body) {
    String model = body.requiredText("model");
    reject(body, "suffix", "the model continues a text, it cannot fill a gap in one");
    reject(body, "images", "this server has no image encoder");
    reject(body, "template", "the template is the model's; send raw and a whole prompt");
    reject(body, "context", "this server gives no context; send whole conversations to /api/chat");
    rejectLogprobs(body);
    String prompt = body.text("prompt");
    String system = body.text("system");
    AnswerSchema schema = schema(body);
    Settings settings = Options.read(body);
    Boolean thinking = ThinkingLevel.read(body, "think");
    if (Boolean.TRUE.equals(body.flag("truncate"))) {
      body.ignore("truncate"); // a single prompt is not truncated
    }
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
    return new AnswerRequest(model, chat, completion, streamed(body), settings);
  }

  /** Returns whether there is nothing to answer. */
  boolean isEmpty() {
    return chat == null && completion == null;
  }

  /** Begins to generate the answer. */
  ChatAnswer begin(Engine engine) {
    if (completion != null) {
      return engine.complete(completion);
    }
    if (chat != null) {
      return engine.answer(chat);
    }
    throw new IllegalStateException("there is nothing to answer");
  }

  private static void rejectLogprobs(RequestObject body) {
    Integer top = body.integer("top_logprobs", 0, 20);
    if (Boolean.TRUE.equals(body.flag("logprobs")) || (top != null && top > 0)) {
      throw RequestException.unsupported(
          "logprobs", "logprobs: the runtime gives no log-probabilities");
    }
  }

  private static boolean streamed(RequestObject body) {
    return !Boolean.FALSE.equals(body.flag("stream"));
  }

  private static void reject(RequestObject body, String member, String reason) {
    JsonNode value = body.value(member);
    if (value != null && !(value.isContainer() ? value.isEmpty() : value.asString().isEmpty())) {
      throw RequestException.unsupported(member, member + ": " + reason);
    }
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
