package io.rkllm.tools.internal.json;

import io.rkllm.chat.ToolDeclaration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tool declarations in the format of the OpenAI API. */
public final class ToolJson {
  private ToolJson() {}

  /**
   * Returns the declarations as {@code [{"type": "function", "function": {…}}, …]}.
   *
   * @throws IllegalArgumentException as {@link #of} does
   */
  public static String array(List<ToolDeclaration> tools) {
    return SpacedJson.write(tools.stream().map(ToolJson::tree).toList());
  }

  /**
   * Returns one declaration as {@code {"type": "function", "function": {"name": …, "description":
   * …, "parameters": {…}}}}.
   *
   * @throws IllegalArgumentException if its parameters are not a JSON object
   */
  public static String of(ToolDeclaration tool) {
    return SpacedJson.write(tree(tool));
  }

  /**
   * Returns the same as a tree, with its keys in this order.
   *
   * @throws IllegalArgumentException as {@link #of} does
   */
  public static Map<String, Object> tree(ToolDeclaration tool) {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", tool.name());
    function.put("description", tool.description());
    function.put("parameters", schema(tool));
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("type", "function");
    tree.put("function", function);
    return tree;
  }

  private static Map<String, @Nullable Object> schema(ToolDeclaration tool) {
    try {
      return Json.object(tool.parameters());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the parameters of the tool "
              + tool.name()
              + " must be a JSON Schema, which is a JSON object, were "
              + tool.parameters(),
          e);
    }
  }
}
