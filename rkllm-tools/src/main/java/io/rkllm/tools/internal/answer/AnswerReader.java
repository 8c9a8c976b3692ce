package io.rkllm.tools.internal.answer;

import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.json.JsonRepairer;
import io.rkllm.tools.internal.json.MalformedJsonException;
import io.rkllm.tools.internal.schema.LenientSchema;
import io.rkllm.tools.internal.schema.ModelText;
import io.rkllm.tools.internal.schema.SchemaViolationException;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Finds the requested JSON object in an answer, ignoring the thinking, prose, and code fences
 * around it.
 *
 * <p>The result is the last of the outermost objects after the thinking that conforms to the
 * schema; objects inside an incomplete object are not candidates. A non-conforming object whose
 * only property is an object is treated as a wrapper of that object.
 */
public final class AnswerReader {
  /** The maximum number of objects examined, from the last one backward. */
  private static final int MAX_OBJECTS = 32;

  /** The maximum depth at which an object is searched for inside text that is not JSON. */
  private static final int MAX_DEPTH = 3;

  /** The maximum nesting depth of an object. */
  private static final int MAX_NESTING = 200;

  /** Characters that may end a value but do not end prose. */
  private static final String END_OF_VALUE = "}]\"{[:,";

  private final LenientSchema schema;

  /** Creates a reader of answers of this schema. */
  public AnswerReader(LenientSchema schema) {
    this.schema = schema;
  }

  /**
   * Returns the validated object in an answer.
   *
   * @param thinking whether the model was asked to think, so that the answer may begin inside
   *     thinking
   * @throws SchemaViolationException if no object conforms to the schema; the error message is
   *     about the last one
   */
  public ObjectNode read(String answer, boolean thinking) throws SchemaViolationException {
    return last(Answers.withoutThinking(answer, thinking), 1);
  }

  private ObjectNode last(String text, int depth) throws SchemaViolationException {
    List<String> objects = OutermostObjects.of(text);
    SchemaViolationException violation = null;
    int end = Math.max(0, objects.size() - MAX_OBJECTS);
    for (int i = objects.size() - 1; i >= end; i--) {
      try {
        return object(objects.get(i), depth);
      } catch (SchemaViolationException e) {
        violation = violation == null ? e : violation;
      }
    }
    throw violation == null
        ? new SchemaViolationException("there is no complete JSON object in it")
        : violation;
  }

  /**
   * Parses an object. Text in braces that is not JSON may contain an object, such as {{"a": 1}}.
   */
  private ObjectNode object(String text, int depth) throws SchemaViolationException {
    ObjectNode object;
    try {
      object = tree(text);
    } catch (SchemaViolationException notJson) {
      if (depth < MAX_DEPTH
          && text.indexOf('{', 1) > 0
          && !OutermostObjects.looksLikeObject(text)) {
        return last(text.substring(1, text.length() - 1), depth + 1);
      }
      throw notJson;
    }
    return unwrap(object);
  }

  /**
   * Parses the text of a model as JSON, repairing errors that can be repaired without ambiguity.
   */
  private static ObjectNode tree(String json) throws SchemaViolationException {
    try {
      return (ObjectNode) Json.tree(repair(json)); // it begins with a brace
    } catch (MalformedJsonException e) {
      throw new SchemaViolationException("it is not a complete JSON object: " + e.reason());
    } catch (IllegalArgumentException e) {
      throw new SchemaViolationException(
          "it is " + ModelText.truncate(String.valueOf(e.getMessage()), 200));
    }
  }

  /** Allows prose after an object whose closing brace is missing. */
  private static String repair(String json) {
    try {
      return JsonRepairer.repair(json, MAX_NESTING);
    } catch (MalformedJsonException malformed) {
      int end = json.length();
      while (END_OF_VALUE.indexOf(json.charAt(end - 1)) < 0) {
        end--; // it begins with a brace, so there is an end to this
      }
      if (end == json.length()) {
        throw malformed;
      }
      return JsonRepairer.repair(json.substring(0, end), MAX_NESTING);
    }
  }

  private ObjectNode unwrap(ObjectNode object) throws SchemaViolationException {
    SchemaViolationException violation = null;
    for (ObjectNode inner = object; ; ) {
      try {
        return (ObjectNode) schema.check(inner.deepCopy());
      } catch (SchemaViolationException e) {
        violation = violation == null ? e : violation; // the outermost one helps most
      }
      if (inner.size() != 1 || !(inner.iterator().next() instanceof ObjectNode next)) {
        throw violation;
      }
      inner = next;
    }
  }
}
