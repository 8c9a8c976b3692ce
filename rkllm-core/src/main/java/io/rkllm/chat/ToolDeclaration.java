package io.rkllm.chat;

import io.rkllm.internal.check.Check;
import java.util.regex.Pattern;

/**
 * A tool that the model may call.
 *
 * @param name the name: 1 to 64 of the letters {@code a-z A-Z}, digits, {@code _} and {@code -}
 * @param description what the tool does and when to use it; possibly empty
 * @param parameters the JSON Schema of the arguments, which must describe an object
 */
public record ToolDeclaration(String name, String description, String parameters) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

  /**
   * Creates a declaration. Checks the name and the texts, but not the schema.
   *
   * @throws IllegalArgumentException if the name contains other characters, or a text cannot be
   *     passed to the runtime
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
