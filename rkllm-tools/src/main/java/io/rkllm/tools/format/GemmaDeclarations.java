package io.rkllm.tools.format;

import io.rkllm.tools.internal.json.GemmaText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Declarations of tools as Gemma 4 reads them. */
final class GemmaDeclarations {
  private GemmaDeclarations() {}

  /** Returns a tool of the OpenAI form as a declaration. */
  static String of(Map<String, @Nullable Object> tool) {
    Map<?, ?> function = map(tool.get("function"));
    Map<?, ?> parameters = map(function.get("parameters"));
    List<String> parts = new ArrayList<>();
    parts.add("description:" + GemmaText.of(function.get("description")));
    if (!parameters.isEmpty()) {
      parts.add("parameters:" + schema(parameters));
    }
    return "declaration:" + function.get("name") + "{" + String.join(",", parts) + "}";
  }

  private static String schema(Map<?, ?> schema) {
    List<String> parts = new ArrayList<>();
    if (schema.get("description") != null) {
      parts.add("description:" + GemmaText.of(schema.get("description")));
    }
    if (Boolean.TRUE.equals(schema.get("nullable"))) {
      parts.add("nullable:true");
    }
    if (schema.get("enum") instanceof List<?> values) {
      parts.add("enum:" + GemmaText.of(values));
    }
    if (!map(schema.get("properties")).isEmpty()) {
      parts.add(
          GemmaText.sorted(map(schema.get("properties"))).entrySet().stream()
              .map(entry -> entry.getKey() + ":" + schema(map(entry.getValue())))
              .collect(Collectors.joining(",", "properties:{", "}")));
    }
    if (schema.get("required") instanceof List<?> required && !required.isEmpty()) {
      parts.add("required:" + GemmaText.of(required));
    }
    if (!map(schema.get("items")).isEmpty()) {
      parts.add("items:" + schema(map(schema.get("items"))));
    }
    String type = type(schema.get("type"));
    if (!type.isEmpty()) {
      parts.add("type:" + GemmaText.of(type));
    }
    return parts.stream().collect(Collectors.joining(",", "{", "}"));
  }

  private static String type(@Nullable Object type) {
    return switch (type) {
      case String name -> name.toUpperCase(Locale.ROOT);
      case List<?> names when !names.isEmpty() -> type(names.getFirst());
      case null, default -> "";
    };
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }
}
