package io.rkllm.tools.internal.json;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** JSON values as Gemma 4 writes them: keys are bare and sorted, strings are enclosed in tokens. */
public final class GemmaText {
  /** The token at both ends of a string. */
  public static final String QUOTE = "<|\"|>";

  private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private GemmaText() {}

  /**
   * Returns a value, such as <code>{city:&lt;|"|&gt;Oslo&lt;|"|&gt;,days:3}</code>. A string that
   * contains the token is written as a JSON string, and so is a key that is not a word.
   */
  public static String of(@Nullable Object json) {
    return switch (json) {
      case String text when !text.contains(QUOTE) -> QUOTE + text + QUOTE;
      case List<?> list ->
          list.stream().map(GemmaText::of).collect(Collectors.joining(",", "[", "]"));
      case Map<?, ?> map ->
          sorted(map).entrySet().stream()
              .map(entry -> key(entry.getKey()) + ":" + of(entry.getValue()))
              .collect(Collectors.joining(",", "{", "}"));
      case null, default -> Json.write(json);
    };
  }

  private static String key(String key) {
    return WORD.matcher(key).matches() ? key : of(key);
  }

  /** Returns the entries sorted by key, ignoring case. */
  public static Map<String, @Nullable Object> sorted(Map<?, ?> map) {
    Map<String, @Nullable Object> sorted =
        new TreeMap<>(String.CASE_INSENSITIVE_ORDER.thenComparing(String::compareTo));
    map.forEach((key, value) -> sorted.put((String) key, value));
    return sorted;
  }
}
