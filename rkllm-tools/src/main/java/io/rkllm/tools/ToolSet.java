package io.rkllm.tools;

import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import java.util.List;
import java.util.Set;

/** The tools of an application. Immutable and thread-safe, if the tools are. */
public final class ToolSet {
  private ToolSet() {}

  /** What the model is told of the tools, in the order in which they were added. */
  public List<ToolDeclaration> declarations() {
    return List.of();
  }

  /** The names of the tools. */
  public Set<String> names() {
    return Set.of();
  }

  /** The tools in the OpenAI form: {@code [{"type": "function", "function": {…}}, …]}. */
  public String toJson() {
    return "[]";
  }

  /**
   * Checks the arguments against the tool's schema and runs it on the calling thread.
   *
   * @return its result as JSON, or as it is where it is text
   * @throws InvalidToolCallException if there is no such tool or the arguments do not fit; nothing
   *     has run then
   * @throws ToolFailedException if the tool threw; the cause is what it threw
   */
  public String call(ToolCall call) {
    return call.arguments();
  }
}
