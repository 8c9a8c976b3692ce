package io.rkllm.tools.internal.json;

import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/** Reads and writes JSON. */
public final class Json {
  /** Numbers stay as exact as they were written. */
  public static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private static final ObjectReader UNIQUE_KEYS =
      MAPPER.reader().with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private static final TypeReference<Map<String, @Nullable Object>> OBJECT =
      new TypeReference<>() {};

  /** An escape, where the two of a surrogate pair count as one. */
  private static final Pattern ESCAPE =
      Pattern.compile(
          "\\\\u[dD][89aAbB]\\p{XDigit}{2}\\\\u[dD][c-fC-F]\\p{XDigit}{2}"
              + "|(?<lone>\\\\u[dD][89a-fA-F]\\p{XDigit}{2})|\\\\.",
          Pattern.DOTALL);

  private Json() {}

  /**
   * Replaces escaped lone surrogates by U+FFFD. JSON permits them, and models write them, but the
   * strings that they represent have no UTF-8 form.
   */
  private static String wellFormed(String json) {
    return json.contains("\\u") ? ESCAPE.matcher(json).replaceAll(Json::replacement) : json;
  }

  private static String replacement(MatchResult escape) {
    return escape.group("lone") == null ? Matcher.quoteReplacement(escape.group()) : "\\\\ufffd";
  }

  /**
   * Returns a JSON object as a map.
   *
   * @throws IllegalArgumentException if it is not a JSON object
   */
  public static Map<String, @Nullable Object> object(String json) {
    try {
      return MAPPER.readValue(wellFormed(json), OBJECT);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("no JSON object: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Returns JSON as a Java object.
   *
   * @throws IllegalArgumentException if it does not match the class
   */
  public static <T> T read(String json, Class<T> type) {
    try {
      return MAPPER.readValue(wellFormed(json), type);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "the JSON does not fit " + type.getName() + ": " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Returns JSON as a tree.
   *
   * @throws IllegalArgumentException if it is not JSON
   */
  public static JsonNode tree(String json) {
    try {
      return MAPPER.readTree(wellFormed(json));
    } catch (JacksonException e) {
      throw new IllegalArgumentException("no JSON: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Returns JSON as a tree, as {@link #tree(String)} does, unless it has more names, brackets and
   * values than this: each takes far more memory than it has characters.
   *
   * @throws IllegalArgumentException if it is not JSON, or has more of them
   */
  public static JsonNode tree(String json, int max) {
    try (JsonParser parser = MAPPER.createParser(json)) {
      for (int tokens = 0; parser.nextToken() != null; tokens++) {
        if (tokens == max) {
          throw new IllegalArgumentException(
              "JSON with more than " + max + " names, brackets and values");
        }
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException("no JSON: " + e.getOriginalMessage(), e);
    }
    return tree(json);
  }

  /**
   * Parses JSON as a tree without loss: an object with duplicate keys is rejected, where {@link
   * #tree} keeps the last.
   *
   * @throws IllegalArgumentException if it is not JSON or has such a key
   */
  public static JsonNode treeOfUniqueKeys(String json) {
    try {
      return UNIQUE_KEYS.readTree(wellFormed(json));
    } catch (JacksonException e) {
      var _ = tree(json); // rejects invalid JSON with its own error message
      throw new IllegalArgumentException("JSON with a key more than once in an object", e);
    }
  }

  /** Returns a Java object as JSON. */
  public static String write(@Nullable Object value) {
    return MAPPER.writeValueAsString(value);
  }
}
