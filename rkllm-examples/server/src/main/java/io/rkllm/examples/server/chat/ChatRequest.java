package io.rkllm.examples.server.chat;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.tools.AnswerSchema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A conversation to be answered.
 *
 * @param model the name of the model
 * @param messages all of it, oldest first
 * @param tools what the model may call
 * @param thinking whether it thinks before it answers; null for what the Modelfile says
 * @param schema what the answer must look like; null for text
 * @param settings how it is generated
 */
public record ChatRequest(
    String model,
    List<ChatMessage> messages,
    List<ToolDeclaration> tools,
    @Nullable Boolean thinking,
    @Nullable AnswerSchema schema,
    Settings settings) {
  /** Copies the lists. */
  public ChatRequest {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
  }
}
