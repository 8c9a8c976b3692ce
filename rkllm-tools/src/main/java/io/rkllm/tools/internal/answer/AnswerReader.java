package io.rkllm.tools.internal.answer;

import io.rkllm.tools.internal.json.BrokenJson;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.json.JsonMender;
import io.rkllm.tools.internal.schema.Misfit;
import io.rkllm.tools.internal.schema.Shape;
import io.rkllm.tools.internal.schema.Words;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Finds the JSON object that was asked for in an answer, whatever stands around it: thinking,
 * words, fences.
 *
 * <p>The rule: of the outermost objects after the thinking, the last one that fits the schema; what
 * is inside of one that is not complete is not a candidate. An object that does not fit, but whose
 * only property is an object, is taken for a wrapper of it.
 */
public final class AnswerReader {
  private static final String END_OF_THINKING = "</think>";

  /** How many objects are looked at, from the last one on. */
  private static final int MAX_OBJECTS = 32;

  /** How deep inside of what is not JSON an object is looked for. */
  private static final int MAX_DEPTH = 3;

  /** How deep an object may be nested. */
  private static final int MAX_NESTING = 200;

  /** What a value may end with, and no words do. */
  private static final String END_OF_VALUE = "}]\"{[:,";

  private final Shape shape;

  /** A reader of answers of this shape. */
  public AnswerReader(Shape shape) {
    this.shape = shape;
  }

  /**
   * The object in an answer, checked.
   *
   * @param thinking whether the model was asked to think, so that the answer may begin inside of it
   * @throws Misfit if there is none that fits; the words are about the last one
   */
  public ObjectNode read(String answer, boolean thinking) throws Misfit {
    return last(withoutThinking(answer, thinking), 1);
  }

  /** The answer without what was thought before it. What was never thought to its end is none. */
  public static String withoutThinking(String answer, boolean thinking) {
    boolean begun = answer.stripLeading().startsWith(Answers.OPENED_THINKING);
    int end = begun || thinking ? answer.indexOf(END_OF_THINKING) : -1;
    if (end < 0) {
      return begun ? "" : answer;
    }
    return answer.substring(end + END_OF_THINKING.length());
  }

  private ObjectNode last(String text, int depth) throws Misfit {
    List<String> objects = OutermostObjects.of(text);
    Misfit fault = null;
    int end = Math.max(0, objects.size() - MAX_OBJECTS);
    for (int i = objects.size() - 1; i >= end; i--) {
      try {
        return object(objects.get(i), depth);
      } catch (Misfit e) {
        fault = fault == null ? e : fault;
      }
    }
    throw fault == null ? new Misfit("there is no complete JSON object in it") : fault;
  }

  /** What has braces around it but is not JSON may have an object in it, such as {{"a": 1}}. */
  private ObjectNode object(String text, int depth) throws Misfit {
    ObjectNode object;
    try {
      object = tree(text);
    } catch (Misfit noJson) {
      if (depth < MAX_DEPTH && text.indexOf('{', 1) > 0 && !OutermostObjects.isMeant(text)) {
        return last(text.substring(1, text.length() - 1), depth + 1);
      }
      throw noJson;
    }
    return unwrap(object);
  }

  /** What a model wrote becomes JSON, after mending what leaves no doubt. */
  private static ObjectNode tree(String json) throws Misfit {
    try {
      return (ObjectNode) Json.tree(mend(json)); // it begins with a brace
    } catch (BrokenJson e) {
      throw new Misfit("it is not a complete JSON object: " + e.reason());
    } catch (IllegalArgumentException e) {
      throw new Misfit("it is " + Words.cut(String.valueOf(e.getMessage()), 200));
    }
  }

  /** Where a brace is missing, words may stand behind the object. */
  private static String mend(String json) {
    try {
      return JsonMender.mend(json, MAX_NESTING);
    } catch (BrokenJson broken) {
      int end = json.length();
      while (END_OF_VALUE.indexOf(json.charAt(end - 1)) < 0) {
        end--; // it begins with a brace, so there is an end to this
      }
      if (end == json.length()) {
        throw broken;
      }
      return JsonMender.mend(json.substring(0, end), MAX_NESTING);
    }
  }

  private ObjectNode unwrap(ObjectNode object) throws Misfit {
    Misfit fault = null;
    for (ObjectNode inner = object; ; ) {
      try {
        return (ObjectNode) shape.check(inner.deepCopy());
      } catch (Misfit e) {
        fault = fault == null ? e : fault; // the words about the outermost one help most
      }
      if (inner.size() != 1 || !(inner.iterator().next() instanceof ObjectNode next)) {
        throw fault;
      }
      inner = next;
    }
  }
}
