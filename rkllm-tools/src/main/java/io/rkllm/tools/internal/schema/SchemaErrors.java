package io.rkllm.tools.internal.schema;

import com.networknt.schema.Error;
import com.networknt.schema.path.NodePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** Formats the violations of a schema as short error messages that a small model can follow. */
final class SchemaErrors {
  private static final int MAX_ERRORS = 6;
  private static final int MAX_LENGTH = 240;

  private SchemaErrors() {}

  /** Returns the first few errors in one sentence. */
  static String describe(List<Error> errors, JsonNode schema) {
    List<String> shown =
        errors.stream()
            .limit(MAX_ERRORS)
            .map(error -> ModelText.truncate(describe(error, schema), MAX_LENGTH))
            .distinct()
            .collect(Collectors.toCollection(ArrayList::new));
    if (errors.size() > MAX_ERRORS) {
      shown.add("and " + (errors.size() - MAX_ERRORS) + " more");
    }
    return String.join("; ", shown);
  }

  private static String describe(Error error, JsonNode schema) {
    NodePath at = error.getInstanceLocation();
    JsonNode value = error.getInstanceNode();
    JsonNode rule = Objects.requireNonNullElse(error.getSchemaNode(), MissingNode.getInstance());
    String keyword = String.valueOf(error.getKeyword());
    return switch (keyword) {
      case "required" -> name(at, error.getProperty()) + " is missing";
      case "additionalProperties", "unevaluatedProperties" -> unknown(error, schema);
      case "enum" ->
          name(at, null)
              + " must be one of "
              + ModelText.join(rule.valueStream().map(ModelText::describe).toList())
              + was(value);
      case "type" -> name(at, null) + " must be " + type(rule) + was(value);
      default -> name(at, null) + ": " + error.getMessage() + was(value);
    };
  }

  private static String unknown(Error error, JsonNode schema) {
    StringBuilder words =
        new StringBuilder(name(error.getInstanceLocation(), error.getProperty()))
            .append(" is not known");
    List<String> known =
        parentOf(error, schema).path("properties").propertyNames().stream()
            .map(ModelText::quote)
            .toList();
    return known.isEmpty()
        ? words.append(", there is nothing to be given").toString()
        : words.append(", there is ").append(ModelText.join(known)).toString();
  }

  /** Returns the schema that has the keyword of the error. */
  private static JsonNode parentOf(Error error, JsonNode schema) {
    NodePath path = error.getSchemaLocation().getFragment();
    JsonNode at = schema;
    for (int i = 0; path != null && i < path.getNameCount() - 1; i++) {
      Object step = path.getElement(i);
      at = step instanceof Integer index ? at.path(index) : at.path(String.valueOf(step));
    }
    return at;
  }

  private static String was(@Nullable JsonNode value) {
    return value == null ? "" : ", was " + ModelText.describe(value);
  }

  private static String type(JsonNode rule) {
    return rule.isArray()
        ? rule.valueStream().map(SchemaErrors::type).collect(Collectors.joining(" or "))
        : switch (rule.asString()) {
          case "integer" -> "a whole number";
          case "number" -> "a number";
          case "string" -> "a string";
          case "boolean" -> "true or false";
          case "array" -> "an array";
          case "object" -> "an object";
          default -> rule.asString();
        };
  }

  /** Returns a name such as {@code "days[2].city"}; the root value is {@code it}. */
  private static String name(NodePath at, @Nullable String property) {
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < at.getNameCount(); i++) {
      Object step = at.getElement(i);
      if (step instanceof Integer index) {
        name.append('[').append(index).append(']');
      } else {
        name.append(name.isEmpty() ? "" : ".").append(step);
      }
    }
    if (property != null) {
      name.append(name.isEmpty() ? "" : ".").append(property);
    }
    return name.isEmpty() ? "it" : ModelText.quote(name.toString());
  }
}
