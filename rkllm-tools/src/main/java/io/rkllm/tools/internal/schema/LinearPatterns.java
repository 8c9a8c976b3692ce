package io.rkllm.tools.internal.schema;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.SchemaException;
import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressionFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/**
 * The patterns of one schema. Schemas may come from untrusted sources, so patterns are matched by
 * RE2, in time that is linear in the pattern and in the text; how large they are is bounded, and
 * how much they do in one validation. Thread-safe.
 */
final class LinearPatterns implements RegularExpressionFactory {
  private static final int MAX_SIZE = 50_000;
  private static final long MAX_WORK = 50_000_000; // a second or two, a few on a slow board

  private static final Set<String> NAMED =
      Set.of("properties", "patternProperties", "dependentSchemas", "$defs", "definitions");

  /** Keywords whose values are never schemas, even if they look like one. */
  private static final Set<String> DATA = Set.of("enum", "const", "default", "examples");

  private static final ScopedValue<Work> WORK = ScopedValue.newInstance();

  private final Map<String, RegularExpression> known = new HashMap<>();
  private int size;

  /** The work done by the patterns during one validation, which runs on one thread. */
  private static final class Work {
    private long done;

    void add(long steps) {
      done += steps;
      if (done > MAX_WORK) {
        throw new SchemaException("matching the patterns of the schema takes too long");
      }
    }
  }

  /**
   * Returns the patterns of a schema.
   *
   * @throws IllegalArgumentException if a pattern cannot be used; the message contains it
   */
  static LinearPatterns of(JsonNode schema) {
    LinearPatterns patterns = new LinearPatterns();
    patterns.compileAll(schema);
    return patterns;
  }

  /** Runs a validation and limits the total work of its patterns. */
  static <T> T bounded(Supplier<T> validation) {
    return ScopedValue.where(WORK, new Work()).call(validation::get);
  }

  private void compileAll(JsonNode schema) {
    for (Map.Entry<String, JsonNode> property : schema.properties()) {
      JsonNode value = property.getValue();
      String keyword = property.getKey();
      if (keyword.equals("pattern") && value.isString()) {
        getRegularExpression(value.stringValue());
      } else if (keyword.equals("patternProperties")) {
        value.propertyNames().forEach(this::getRegularExpression);
      }
      if (NAMED.contains(keyword)) {
        value.forEach(this::compileAll);
      } else if (!DATA.contains(keyword)) {
        compileIn(value);
      }
    }
  }

  private void compileIn(JsonNode value) {
    if (value.isObject()) {
      compileAll(value);
    } else {
      value.forEach(this::compileIn);
    }
  }

  @Override
  public synchronized RegularExpression getRegularExpression(String pattern) {
    return known.computeIfAbsent(pattern, this::compile);
  }

  private RegularExpression compile(String source) {
    try {
      EcmaPattern.Translation translation = EcmaPattern.translate(source);
      size += translation.size();
      if (size > MAX_SIZE) {
        throw new IllegalArgumentException(
            "with it the patterns of the schema have more than " + MAX_SIZE + " steps");
      }
      Pattern pattern = Pattern.compile(translation.pattern());
      return text -> {
        WORK.get().add((long) pattern.programSize() * (text.length() + 1));
        return pattern.matcher(text).find();
      };
    } catch (PatternSyntaxException e) {
      throw refused(source, e.getDescription() + " in " + ModelText.quote(e.getPattern()), e);
    } catch (StackOverflowError e) {
      throw refused(source, "it is nested too deep", e);
    } catch (IllegalArgumentException e) {
      throw refused(source, String.valueOf(e.getMessage()), e);
    }
  }

  private static IllegalArgumentException refused(String pattern, String reason, Throwable cause) {
    return new IllegalArgumentException(
        "the pattern " + ModelText.quote(pattern) + " cannot be used: " + reason, cause);
  }
}
