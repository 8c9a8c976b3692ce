package io.rkllm.examples.server.chat;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.examples.server.model.AnswerStart;
import io.rkllm.tools.AnswerSchema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A conversation to be answered.
 *
 * @param model the name of the model
 * @param messages all messages, oldest first
 * @param tools the tools that the model may call
 * @param start where the answer begins
 * @param thinking whether the model thinks before it answers; null for what the Modelfile says, or
 *     else what is usual for the family of the model
 * @param schema what the answer has to fit, unless it calls tools; null for text
 * @param settings how it is generated
 */
public record ChatRequest(
    String model,
    List<ChatMessage> messages,
    List<ToolDeclaration> tools,
    AnswerStart start,
    @Nullable Boolean thinking,
    @Nullable AnswerSchema schema,
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
    this(model, messages, tools, AnswerStart.after(messages), thinking, schema, settings);
  }
}
