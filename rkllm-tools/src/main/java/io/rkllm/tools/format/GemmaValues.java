package io.rkllm.tools.format;

import io.rkllm.tools.internal.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** JSON values as Gemma 4 writes them: keys are bare and sorted, strings are enclosed in tokens. */
final class GemmaValues {
  private static final String QUOTE = "<|\"|>";

  private GemmaValues() {}

  /** Returns a value, such as <code>{city:&lt;|"|&gt;Oslo&lt;|"|&gt;,days:3}</code>. */
  static String value(@Nullable Object json) {
    return switch (json) {
      case String text -> QUOTE + text + QUOTE;
      case List<?> list ->
          list.stream().map(GemmaValues::value).collect(Collectors.joining(",", "[", "]"));
      case Map<?, ?> map ->
          sorted(map).entrySet().stream()
              .map(entry -> entry.getKey() + ":" + value(entry.getValue()))
              .collect(Collectors.joining(",", "{", "}"));
      case null, default -> Json.write(json);
    };
  }

  /** Returns a tool of the OpenAI form as a declaration. */
  static String declaration(Map<String, @Nullable Object> tool) {
    Map<?, ?> function = map(tool.get("function"));
    Map<?, ?> parameters = map(function.get("parameters"));
    List<String> parts = new ArrayList<>();
    parts.add("description:" + value(function.get("description")));
    if (!parameters.isEmpty()) {
      parts.add("parameters:" + schema(parameters));
    }
    return "declaration:" + function.get("name") + "{" + String.join(",", parts) + "}";
  }

  private static String schema(Map<?, ?> schema) {
    List<String> parts = new ArrayList<>();
    if (schema.get("description") != null) {
      parts.add("description:" + value(schema.get("description")));
    }
    if (Boolean.TRUE.equals(schema.get("nullable"))) {
      parts.add("nullable:true");
    }
    if (schema.get("enum") instanceof List<?> values) {
      parts.add("enum:" + value(values));
    }
    if (!map(schema.get("properties")).isEmpty()) {
      parts.add(
          sorted(map(schema.get("properties"))).entrySet().stream()
              .map(entry -> entry.getKey() + ":" + schema(map(entry.getValue())))
              .collect(Collectors.joining(",", "properties:{", "}")));
    }
    if (schema.get("required") instanceof List<?> required && !required.isEmpty()) {
      parts.add("required:" + value(required));
    }
    if (!map(schema.get("items")).isEmpty()) {
      parts.add("items:" + schema(map(schema.get("items"))));
    }
    String type = type(schema.get("type"));
    if (!type.isEmpty()) {
      parts.add("type:" + value(type));
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

  /** Returns the entries sorted by key, ignoring case. */
  private static Map<String, @Nullable Object> sorted(Map<?, ?> map) {
    Map<String, @Nullable Object> sorted =
        new TreeMap<>(String.CASE_INSENSITIVE_ORDER.thenComparing(String::compareTo));
    map.forEach((key, value) -> sorted.put((String) key, value));
    return sorted;
  }
}
