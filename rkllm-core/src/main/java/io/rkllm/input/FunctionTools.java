package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * Tools that are declared to the model through its own template ({@code rkllm_set_function_tools}).
 *
 * @param systemPrompt the system prompt, which replaces the template's; possibly empty
 * @param toolsJson a JSON array of tools, each {@code {"type": "function", "function": {…}}}
 * @param toolResponseTag the tag that encloses tool results, such as {@code tool_response}
 */
public record FunctionTools(String systemPrompt, String toolsJson, String toolResponseTag) {
  private static final int SHOWN = 60; // characters of an invalid value that a message quotes

  /**
   * Creates a declaration.
   *
   * @throws IllegalArgumentException if a text contains a NUL character or an unpaired surrogate,
   *     or if the tools do not begin and end like a JSON array
   */
  public FunctionTools {
    Check.text("systemPrompt", systemPrompt);
    Check.nonEmptyText("toolsJson", toolsJson);
    Check.nonEmptyText("toolResponseTag", toolResponseTag);
    String array = toolsJson.strip();
    if (!array.startsWith("[") || !array.endsWith("]")) {
      throw new IllegalArgumentException(
          "toolsJson must be a JSON array of tools, [{\"type\": \"function\", …}], was "
              + beginning(array));
    }
  }

  private static String beginning(String json) {
    return json.length() <= SHOWN ? json : json.substring(0, SHOWN) + "…";
  }
}
