package io.rkllm.examples.server.http;

import java.util.regex.Pattern;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON on the wire. */
public final class Json {
  private static final int MAX_DEPTH = 200;

  /**
   * Of a text that is read. A value of one byte becomes an object of a hundred, so that a body of a
   * few megabytes could fill a small heap; a name, a bracket and a value count alike.
   */
  private static final int MAX_TOKENS = 100_000;

  /**
   * Reads and writes it; what comes in is bounded in depth and in the number of its values. Numbers
   * stay as they were written: as a double, 1e400 would be infinite, for which JSON has no word.
   */
  public static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxTokenCount(MAX_TOKENS)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private static final JsonMapper WRITTEN =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  /** Half of a character that takes two. */
  private static final Pattern LONE_SURROGATE = Pattern.compile("\\p{Cs}");

  private Json() {}

  /**
   * Returns JSON as text. Halves of characters, which a model or a client may write by an escape,
   * are replaced: they cannot be encoded, and many clients refuse a text in which they are escaped.
   */
  public static String text(JsonNode json) {
    return LONE_SURROGATE.matcher(MAPPER.writeValueAsString(json)).replaceAll("\uFFFD");
  }

  /**
   * JSON that stays one line for whoever reads it, also for clients that take the rarer line breaks
   * of Unicode for one, as Python does. JSON has them only inside of strings, where they can be
   * escaped.
   */
  public static String line(JsonNode json) {
    return text(json)
        .replace("\u0085", "\\u0085")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029");
  }

  /**
   * JSON that a model has written. What is refused of requests, such as a name that an object has
   * twice, is no reason to lose an answer.
   */
  public static JsonNode written(String json) {
    return WRITTEN.readTree(json);
  }

  /** A number; infinite where it is beyond all that can be meant. */
  public static double number(JsonNode json) {
    return json.numberValue().doubleValue();
  }

  /** An empty object. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** An empty array. */
  public static ArrayNode array() {
    return MAPPER.createArrayNode();
  }
}
