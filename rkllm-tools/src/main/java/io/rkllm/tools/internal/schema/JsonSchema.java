package io.rkllm.tools.internal.schema;

import com.networknt.schema.Error;
import com.networknt.schema.ExecutionConfig;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.ValidationLimitExceededException;
import io.rkllm.tools.internal.json.Json;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON Schema of an object, compiled: draft 2020-12, in which {@code format} checks nothing.
 * Nothing is ever loaded for it: a {@code $ref} leads to a place in the schema itself. Immutable
 * and thread-safe.
 */
public final class JsonSchema {
  private static final String META_SCHEMA = "https://json-schema.org/draft/2020-12/schema";
  private static final int MAX_DEPTH = 2_000;

  /**
   * The maximum number of values in a schema, more than fit into any model's context; validating a
   * schema takes about a kilobyte for each.
   */
  private static final int MAX_VALUES = 5_000;

  private final ObjectNode source;
  private final Schema compiled;

  private JsonSchema(ObjectNode source, Schema compiled) {
    this.source = source;
    this.compiled = compiled;
  }

  /**
   * Parses a schema.
   *
   * @throws IllegalArgumentException if it is not a schema of an object, has an external reference,
   *     has a pattern that cannot be matched in linear time, or refers to itself in so many ways
   *     that validation might not end
   */
  public static JsonSchema parse(String json) {
    if (!(Json.tree(json) instanceof ObjectNode schema)) {
      throw new IllegalArgumentException("a schema must be a JSON object, was " + clip(json));
    }
    schema.remove("$schema");
    if (!schema.path("type").asString("").equals("object")) {
      throw new IllegalArgumentException(
          "the schema must be one of an object, so \"type\" must be \"object\", in " + clip(json));
    }
    refuseManyValues(schema);
    refuseReferences(schema);
    refuseManyPaths(schema);
    List<Error> errors = MetaSchema.INSTANCE.validate(schema);
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(
          "the schema is none: "
              + SchemaErrors.describe(errors, MetaSchema.INSTANCE.getSchemaNode()));
    }
    return of(schema);
  }

  /**
   * Returns a schema that is known to be valid.
   *
   * @throws IllegalArgumentException if a reference in it cannot be resolved, or a pattern cannot
   *     be used
   */
  public static JsonSchema of(ObjectNode schema) {
    try {
      Schema compiled = registry(LinearPatterns.of(schema)).getSchema(schema.deepCopy());
      compiled.initializeValidators();
      JsonSchema result = new JsonSchema(schema, compiled);
      result.run(Json.MAPPER.createObjectNode()); // what refers to itself without end shows here
      return result;
    } catch (SchemaException | ValidationLimitExceededException | StackOverflowError e) {
      throw new IllegalArgumentException(
          "the schema cannot be used; does a $ref lead nowhere, or back to itself? " + e, e);
    }
  }

  /** Returns the schema as JSON. */
  public String json() {
    return source.toString();
  }

  /** Returns the schema, which must not be modified. */
  public ObjectNode source() {
    return source;
  }

  /**
   * Validates a JSON value.
   *
   * @throws SchemaViolationException if it violates the schema
   */
  public void check(JsonNode value) throws SchemaViolationException {
    List<Error> errors;
    try {
      errors = run(value);
    } catch (RuntimeException | StackOverflowError e) {
      throw new SchemaViolationException("it cannot be checked: " + e);
    }
    if (!errors.isEmpty()) {
      throw new SchemaViolationException(SchemaErrors.describe(errors, source));
    }
  }

  private List<Error> run(JsonNode value) {
    return LinearPatterns.bounded(
        () ->
            compiled.validate(
                value,
                context ->
                    context.setExecutionConfig(
                        ExecutionConfig.builder()
                            .formatAssertionsEnabled(false)
                            .maxEvaluationDepth(MAX_DEPTH)
                            .build())));
  }

  private static void refuseManyValues(ObjectNode schema) {
    int values = values(schema);
    if (values > MAX_VALUES) {
      throw new IllegalArgumentException(
          "the schema has " + values + " values, which must be at most " + MAX_VALUES);
    }
  }

  private static int values(JsonNode json) {
    int values = 1;
    for (JsonNode child : json) {
      values += values(child);
    }
    return values;
  }

  private static void refuseReferences(JsonNode schema) {
    for (Map.Entry<String, JsonNode> property : schema.properties()) {
      boolean reference =
          property.getKey().equals("$ref") || property.getKey().equals("$dynamicRef");
      if (reference
          && property.getValue().isString()
          && !property.getValue().stringValue().startsWith("#")) {
        throw new IllegalArgumentException(
            "a "
                + property.getKey()
                + " must lead to a place in the schema itself, such as \"#/$defs/city\", was "
                + ModelText.quote(property.getValue().stringValue())
                + "; copy what it refers to into $defs");
      }
    }
    schema.forEach(JsonSchema::refuseReferences);
  }

  private static void refuseManyPaths(ObjectNode schema) {
    try {
      SchemaPaths.check(schema);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException(
          "the schema cannot be used: its $refs lead from one to the next too often", e);
    }
  }

  private static String clip(String json) {
    return ModelText.truncate(json, 200);
  }

  /** Creates a registry for each schema, so that two schemas with the same $id do not conflict. */
  private static SchemaRegistry registry(LinearPatterns patterns) {
    return SchemaRegistry.withDefaultDialect(
        SpecificationVersion.DRAFT_2020_12,
        builder ->
            builder
                .schemaRegistryConfig(
                    SchemaRegistryConfig.builder()
                        .locale(Locale.ROOT)
                        .preloadSchema(false)
                        .regularExpressionFactory(patterns)
                        .build())
                .schemaLoader(loader -> loader.block(iri -> true)));
  }

  /** The schema of schemas; it lies in the validator's jar. */
  private static final class MetaSchema {
    static final Schema INSTANCE =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(SchemaLocation.of(META_SCHEMA));
  }
}
