package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * Tools that the model's own template tells the model of: {@code rkllm_set_function_tools}.
 *
 * @param systemPrompt takes the place of the template's system prompt; may be empty
 * @param toolsJson a JSON array of tools, each {@code {"type": "function", "function": {…}}}
 * @param toolResponseTag what tool results are wrapped in, such as {@code tool_response}
 */
public record FunctionTools(String systemPrompt, String toolsJson, String toolResponseTag) {
  private static final int SHOWN = 60; // characters of what was refused

  /**
   * Checks the texts.
   *
   * @throws IllegalArgumentException if one has a NUL character or a lone surrogate, or the tools
   *     are not a JSON array by their first and last character
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
