package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import java.util.List;

/**
 * How a family of models writes tool calls. {@link Dialects} has them.
 *
 * <p>Immutable.
 */
public abstract class Dialect {
  private final String name;

  Dialect(String name) {
    this.name = name;
  }

  /** Its name, such as {@code hermes}. */
  public final String name() {
    return name;
  }

  /**
   * Tool calls as a model of the family writes them, with tags.
   *
   * @param calls at least one
   */
  public abstract String render(List<ToolCall> calls);

  @Override
  public final String toString() {
    return name;
  }
}
