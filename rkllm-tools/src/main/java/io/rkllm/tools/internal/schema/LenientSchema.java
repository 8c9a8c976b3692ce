package io.rkllm.tools.internal.schema;

import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BigIntegerNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Validates JSON objects against a schema. Unambiguous errors that are typical of models are
 * corrected first: null for an optional property is treated as absent, and a whole number may be
 * written 5.0.
 */
public final class LenientSchema {
  private static final int MAX_SCALE = 1_000;

  private final JsonSchema schema;

  /** Creates one of a schema that {@link JavaSchema} made. */
  public LenientSchema(ObjectNode schema) {
    this(JsonSchema.of(schema));
  }

  /** Creates one of any schema. */
  public LenientSchema(JsonSchema schema) {
    this.schema = schema;
  }

  /** Returns the schema. */
  public JsonSchema schema() {
    return schema;
  }

  /**
   * Corrects and validates a JSON object.
   *
   * @param json the object, which is modified
   * @throws SchemaViolationException if it violates the schema
   */
  public JsonNode check(JsonNode json) throws SchemaViolationException {
    JsonNode normalized = normalize(json, schema.source());
    schema.check(normalized);
    return normalized;
  }

  /** Does as {@link #check}, and makes a Java object of the result. */
  public @Nullable Object read(JsonNode json, Type type) throws SchemaViolationException {
    return Binding.bind(check(json), type, "");
  }

  private static JsonNode normalize(JsonNode json, JsonNode schema)
      throws SchemaViolationException {
    return switch (json) {
      case ObjectNode object -> normalize(object, schema);
      case ArrayNode array -> normalize(array, schema.path("items"));
      case JsonNode number
          when number.isFloatingPointNumber()
              && schema.path("type").asString("").equals("integer") ->
          toWholeNumber(number);
      default -> json;
    };
  }

  private static ObjectNode normalize(ObjectNode object, JsonNode schema)
      throws SchemaViolationException {
    JsonNode required = schema.path("required");
    for (Map.Entry<String, JsonNode> property : List.copyOf(object.properties())) {
      String name = property.getKey();
      JsonNode rule = schema.path("properties").path(name);
      if (rule.isMissingNode()) {
        rule = schema.path("additionalProperties");
      } else if (property.getValue().isNull()
          && required.valueStream().noneMatch(entry -> entry.asString("").equals(name))) {
        object.remove(name);
        continue;
      }
      object.set(name, normalize(property.getValue(), rule));
    }
    return object;
  }

  private static ArrayNode normalize(ArrayNode array, JsonNode items)
      throws SchemaViolationException {
    for (int i = 0; i < array.size(); i++) {
      array.set(i, normalize(array.get(i), items));
    }
    return array;
  }

  /**
   * Converts 5.0 and 5e0 to 5. Numbers with a fraction are unchanged, and are rejected by the
   * schema.
   */
  private static JsonNode toWholeNumber(JsonNode number) throws SchemaViolationException {
    BigDecimal value = number.decimalValue();
    if (Math.abs((long) value.scale()) > MAX_SCALE) {
      throw new SchemaViolationException(
          "the number " + ModelText.describe(number) + " is out of range");
    }
    return value.stripTrailingZeros().scale() <= 0
        ? BigIntegerNode.valueOf(value.toBigIntegerExact())
        : number;
  }
}
