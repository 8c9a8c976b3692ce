package io.rkllm.tools.parser;

import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.json.JsonRepairer;
import io.rkllm.tools.internal.json.MalformedJsonException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The types that the schema of a tool allows for its parameters. Unsupported keywords are ignored.
 */
final class ParameterTypes {
  static final ParameterTypes UNKNOWN = new ParameterTypes(Map.of());

  private static final String STRING = "string";
  private static final String NULL = "null";
  private static final int MAX_REFERENCES = 8;

  private final Map<String, Set<String>> types;

  private ParameterTypes(Map<String, Set<String>> types) {
    this.types = types;
  }

  /** Reads a JSON Schema. */
  static ParameterTypes of(String schema) {
    JsonNode tree;
    try {
      tree = Json.tree(schema);
    } catch (IllegalArgumentException notJson) {
      return UNKNOWN;
    }
    Map<String, Set<String>> types = new HashMap<>();
    for (Map.Entry<String, JsonNode> property : tree.path("properties").properties()) {
      Set<String> allowed = new HashSet<>();
      collect(property.getValue(), tree, MAX_REFERENCES, allowed);
      types.put(property.getKey(), allowed);
    }
    return new ParameterTypes(types);
  }

  private static void collect(JsonNode schema, JsonNode root, int depth, Set<String> types) {
    if (depth == 0) {
      return;
    }
    JsonNode type = schema.path("type");
    if (type.isString()) {
      types.add(type.asString());
    }
    for (JsonNode one : type) {
      if (one.isString()) {
        types.add(one.asString());
      }
    }
    if (type.isMissingNode()) {
      schema.path("enum").forEach(value -> types.add(typeOf(value)));
      if (schema.has("const")) {
        types.add(typeOf(schema.path("const")));
      }
      for (String several : new String[] {"anyOf", "oneOf", "allOf"}) {
        schema.path(several).forEach(one -> collect(one, root, depth - 1, types));
      }
      String reference = schema.path("$ref").asString("");
      if (reference.startsWith("#/")) {
        collect(root.at(reference.substring(1)), root, depth - 1, types);
      }
    }
  }

  private static String typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> STRING;
      case BOOLEAN -> "boolean";
      case NUMBER -> "number";
      case NULL -> NULL;
      case ARRAY -> "array";
      default -> "object";
    };
  }

  /** Returns whether the schema has a parameter. */
  boolean has(String key) {
    return types.containsKey(key);
  }

  /**
   * Returns the text of a parameter as JSON: a string, unless the schema does not allow a string,
   * or has no type and the text is JSON.
   */
  String json(String key, String text, int maxDepth) {
    Set<String> allowed = types.getOrDefault(key, Set.of());
    String stripped = text.strip();
    if (allowed.contains(STRING)) {
      return allowed.contains(NULL) && stripped.equals(NULL) ? NULL : JsonText.quoted(text);
    }
    if (stripped.isEmpty()) {
      return JsonText.quoted(text);
    }
    try {
      String json = JsonRepairer.repair(stripped, maxDepth, true);
      boolean isString = allowed.isEmpty() && (json.startsWith("\"") || !json.equals(stripped));
      return isString ? JsonText.quoted(text) : json;
    } catch (MalformedJsonException notJson) {
      return JsonText.quoted(text);
    }
  }
}
