package io.rkllm.examples.server.chat;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.examples.server.model.AnswerStart;
import io.rkllm.tools.AnswerSchema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to answer a conversation.
 *
 * @param model the name of the model
 * @param messages all messages, oldest first
 * @param tools the tools that the model may call
 * @param start the point at which the answer begins
 * @param thinking whether the model thinks before it answers; null for the setting of the
 *     Modelfile, or else the default of the model's family
 * @param schema the schema of the answer, unless it calls tools; null for text
 * @param truncate whether the oldest messages of a conversation that is too long are left out
 * @param settings the settings of the generation
 */
public record ChatRequest(
    String model,
    List<ChatMessage> messages,
    List<ToolDeclaration> tools,
    AnswerStart start,
    @Nullable Boolean thinking,
    @Nullable AnswerSchema schema,
    boolean truncate,
    Settings settings) {
  /** Copies the lists. */
  public ChatRequest {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
  }

  /** Creates a request whose answer continues the last message if that is an answer. */
  public ChatRequest(
      String model,
      List<ChatMessage> messages,
      List<ToolDeclaration> tools,
      @Nullable Boolean thinking,
      @Nullable AnswerSchema schema,
      Settings settings) {
    this(
        model,
        messages,
        tools,
        AnswerStart.after(messages),
        thinking,
        schema,
        /* truncate= */ false,
        settings);
  }

  /** Returns this request with or without truncation of a conversation that is too long. */
  public ChatRequest withTruncate(boolean truncate) {
    return new ChatRequest(model, messages, tools, start, thinking, schema, truncate, settings);
  }
}
