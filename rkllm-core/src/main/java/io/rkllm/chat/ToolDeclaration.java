package io.rkllm.chat;

import io.rkllm.internal.check.Check;
import java.util.regex.Pattern;

/**
 * A tool as the model is told of it.
 *
 * @param name 1 to 64 of the letters {@code a-z A-Z}, digits, {@code _} and {@code -}
 * @param description what it does and when to use it; may be empty
 * @param parameters the JSON Schema of its arguments, which is one of an object
 */
public record ToolDeclaration(String name, String description, String parameters) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

  /**
   * Checks the name and the texts. That the schema is one is up to who declares the tool.
   *
   * @throws IllegalArgumentException if the name has other characters, or a text cannot be given to
   *     the runtime
   */
  public ToolDeclaration {
    if (!NAME.matcher(Check.nonNull("name", name)).matches()) {
      throw new IllegalArgumentException(
          "the name of a tool must be 1 to 64 of a-z A-Z 0-9 _ -, was \"" + name + "\"");
    }
    Check.text("description", description);
    Check.nonEmptyText("parameters", parameters);
  }
}
