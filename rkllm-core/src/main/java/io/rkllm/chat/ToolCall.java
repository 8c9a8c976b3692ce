package io.rkllm.chat;

import io.rkllm.internal.check.Check;

/**
 * A tool that the model calls.
 *
 * @param id tells this call from the others of its conversation
 * @param name which tool
 * @param arguments a JSON object
 */
public record ToolCall(String id, String name, String arguments) {
  /**
   * Checks the texts. That the arguments are JSON is up to who makes the call.
   *
   * @throws IllegalArgumentException if one cannot be given to the runtime
   */
  public ToolCall {
    Check.text("id", id);
    Check.nonEmptyText("name", name);
    Check.nonEmptyText("arguments", arguments);
  }
}
