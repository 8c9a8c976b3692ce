package io.rkllm.examples.server.http;

import java.util.regex.Pattern;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads and writes the JSON of requests and responses. */
public final class Json {
  private static final int MAX_DEPTH = 200;

  /**
   * The maximum number of tokens in a text that is read. A value of one byte becomes an object of a
   * hundred bytes, so that a body of a few megabytes could fill a small heap. Names, brackets and
   * values each count as one token.
   */
  private static final int MAX_TOKENS = 100_000;

  /**
   * The mapper for requests and responses. Input is limited in depth and in the number of its
   * values. Numbers are kept as written: as a double, 1e400 would be infinite, which JSON cannot
   * represent.
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

  /** An unpaired surrogate. */
  private static final Pattern LONE_SURROGATE = Pattern.compile("\\p{Cs}");

  private Json() {}

  /**
   * Returns JSON as text. Unpaired surrogates, which a model or a client may write as an escape,
   * are replaced: they cannot be encoded, and many clients reject text that contains them as
   * escapes.
   */
  public static String text(JsonNode json) {
    return withoutLoneSurrogates(MAPPER.writeValueAsString(json));
  }

  private static String withoutLoneSurrogates(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return LONE_SURROGATE.matcher(text).replaceAll("\uFFFD");
      }
    }
    return text; // nearly always, and without the cost of matching
  }

  /**
   * Returns JSON as a single line, also for clients that treat the rarer line separators of Unicode
   * as line breaks, as Python does. JSON contains them only in strings, where they can be escaped.
   */
  public static String line(JsonNode json) {
    return onOneLine(text(json));
  }

  private static String onOneLine(String json) {
    return json.replace("\u0085", "\\u0085")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029");
  }

  /** Returns a text as a string of JSON, with its quotation marks, for use in a {@link #line}. */
  public static String string(String text) {
    StringBuilder json = new StringBuilder(text.length() + 16).append('"');
    JsonStringEncoder.getInstance().quoteAsString(text, json);
    return onOneLine(withoutLoneSurrogates(json.append('"').toString()));
  }

  /**
   * Parses JSON written by a model. Input that is rejected in requests, such as a duplicate member
   * name, must not cause an answer to be lost.
   */
  public static JsonNode written(String json) {
    return WRITTEN.readTree(json);
  }

  /** Returns a number as a double; infinite if it is out of range. */
  public static double number(JsonNode json) {
    return json.numberValue().doubleValue();
  }

  /** Returns a new empty object. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** Returns a new empty array. */
  public static ArrayNode array() {
    return MAPPER.createArrayNode();
  }
}
