package io.rkllm.chat;

import io.rkllm.internal.check.Check;

/**
 * A call of a tool, requested by the model.
 *
 * @param id identifies this call within its conversation
 * @param name the name of the tool
 * @param arguments the arguments, a JSON object
 */
public record ToolCall(String id, String name, String arguments) {
  /**
   * Creates a tool call. Does not check that the arguments are JSON.
   *
   * @throws IllegalArgumentException if a text cannot be passed to the runtime
   */
  public ToolCall {
    Check.text("id", id);
    Check.nonEmptyText("name", name);
    Check.nonEmptyText("arguments", arguments);
  }
}
