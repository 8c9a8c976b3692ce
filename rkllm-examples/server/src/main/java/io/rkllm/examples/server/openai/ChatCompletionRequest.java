package io.rkllm.examples.server.openai;

import io.rkllm.chat.ChatMessage;
import io.rkllm.examples.server.chat.ChatRequest;
import io.rkllm.examples.server.chat.Settings;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import io.rkllm.examples.server.message.Messages;
import io.rkllm.examples.server.message.ThinkingLevel;
import io.rkllm.examples.server.message.ToolDeclarations;
import io.rkllm.examples.server.model.AnswerStart;
import io.rkllm.tools.AnswerSchema;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A request for a chat completion.
 *
 * @param chat the conversation
 * @param stream whether the answer is sent while it is generated
 * @param includeUsage whether a stream ends with the token counts
 */
record ChatCompletionRequest(ChatRequest chat, boolean stream, boolean includeUsage) {

  static ChatCompletionRequest read(RequestObject body, String model) {
    rejectUnsupported(body);
    Tools tools = Tools.read(body, ToolDeclarations.read(body));
    AnswerSchema schema = schema(body.object("response_format"), "json_schema");
    List<ChatMessage> messages = Messages.requireStrictly(body);
    AnswerStart start = start(body, tools, messages);
    Settings settings = SamplingParameters.read(body, "max_completion_tokens", "max_tokens");
    RequestObject streaming = body.object("stream_options");
    return new ChatCompletionRequest(
        new ChatRequest(
            model,
            tools.instruct(messages),
            tools.declarations(),
            start,
            thinking(body),
            tools.required() ? null : schema,
            /* truncate= */ false,
            settings),
        Boolean.TRUE.equals(body.flag("stream")),
        streaming != null && Boolean.TRUE.equals(streaming.flag("include_usage")));
  }

  /**
   * Returns the start of the answer. An answer that is the last message is continued, unless a
   * parameter adopted from other servers forbids it.
   */
  private static AnswerStart start(RequestObject body, Tools tools, List<ChatMessage> messages) {
    boolean answered = Boolean.FALSE.equals(body.flag("continue_final_message"));
    AnswerStart start = tools.start(messages);
    return answered && start instanceof AnswerStart.EndOfLastMessage
        ? new AnswerStart.Beginning()
        : start;
  }

  /** Returns whether to think, from OpenAI's parameter or those of other servers. */
  static @Nullable Boolean thinking(RequestObject body) {
    Boolean thinking = body.flag("enable_thinking");
    Boolean level = ThinkingLevel.read(body, "reasoning_effort");
    RequestObject reasoning = body.object("reasoning");
    Boolean nested = reasoning == null ? null : ThinkingLevel.read(reasoning, "effort");
    RequestObject template = body.object("chat_template_kwargs");
    Boolean switched = template == null ? null : template.flag("enable_thinking");
    return Stream.of(thinking, switched, level, nested)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /**
   * Returns the schema of a response format; null for text.
   *
   * @param nested the member with the description of the schema; empty if that is the format itself
   */
  static @Nullable AnswerSchema schema(@Nullable RequestObject format, String nested) {
    if (format == null) {
      return null;
    }
    String type = format.requiredText("type");
    return switch (type) {
      case "text", "" -> null;
      case "json_object" -> AnswerSchema.anyObject();
      case "json_schema" -> {
        RequestObject described = nested.isEmpty() ? format : format.requiredObject(nested);
        described.skip("name", "description", "strict"); // each answer is validated
        RequestObject schema = described.requiredObject("schema");
        try {
          yield AnswerSchema.of(schema.json().toString());
        } catch (IllegalArgumentException e) {
          throw RequestException.badParameter(
              described.name("schema"), String.valueOf(e.getMessage()));
        }
      }
      default ->
          throw RequestException.badParameter(
              format.name("type"),
              "%s must be text, json_object or json_schema, was %s"
                  .formatted(format.name("type"), type));
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
