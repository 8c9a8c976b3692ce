package io.rkllm.examples.server.http;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON object of a request, read field by field. What is wrong with a field is told by its name;
 * null counts as not there. It remembers which fields were asked for, so that the others can be
 * told to the client as ignored.
 */
public final class RequestObject {
  private static final int MAX_TOLD = 20;
  private static final int MAX_NAME = 40;

  private final ObjectNode json;
  private final String path;
  private final Set<String> known = new HashSet<>();

  private RequestObject(ObjectNode json, String path) {
    this.json = json;
    this.path = path;
  }

  /**
   * The body of a request.
   *
   * @throws RequestException if it is not a JSON object
   */
  public static RequestObject parse(byte[] body) {
    JsonNode json;
    try {
      json = Json.MAPPER.readTree(body);
    } catch (StreamConstraintsException e) {
      throw RequestException.of(
          400,
          "invalid_json",
          "the body is more JSON than this server reads: "
              + e.getOriginalMessage().replaceAll(", from `[^`]*`", ""));
    } catch (StreamReadException e) {
      var place = e.getLocation();
      throw RequestException.of(
          400,
          "invalid_json",
          "the body is not JSON: "
              + e.getOriginalMessage()
                  .replaceFirst("(?s)\\s*(\\(?for \\w+ starting )?at \\[Source.*|\n.*", "")
              + " (line %d, column %d)".formatted(place.getLineNr(), place.getColumnNr()));
    } catch (JacksonException e) {
      throw RequestException.of(400, "invalid_json", "the body is not JSON this server can read");
    }
    if (!(json instanceof ObjectNode object)) {
      throw RequestException.of(
          400,
          "invalid_json",
          "the body must be a JSON object, with Content-Type application/json");
    }
    return new RequestObject(object, "");
  }

  /** The name of a field, as it is told to the client. */
  public String name(String field) {
    return path.isEmpty() ? field : path + "." + field;
  }

  /**
   * Fields that nobody has asked for, as many as can be told; what is not a letter in a name is
   * not.
   */
  public Set<String> unknown() {
    return json.propertyNames().stream()
        .filter(field -> !known.contains(field))
        .limit(MAX_TOLD)
        .map(field -> name(field).replaceAll("[^A-Za-z0-9_.\\[\\]-]", "?"))
        .map(name -> name.length() > MAX_NAME ? name.substring(0, MAX_NAME) + "…" : name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The value of a field as it is; null if it is not there. */
  public @Nullable JsonNode value(String field) {
    known.add(field);
    JsonNode value = json.get(field);
    return value == null || value.isNull() ? null : value;
  }

  /** A text. */
  public @Nullable String text(String field) {
    JsonNode value = value(field);
    if (value != null && !value.isString()) {
      throw wrongType(field, "a string", value);
    }
    return value == null ? null : value.stringValue();
  }

  /** A text that must be there. */
  public String requiredText(String field) {
    String text = text(field);
    if (text == null) {
      throw missing(field);
    }
    return text;
  }

  /** True or false. */
  public @Nullable Boolean flag(String field) {
    JsonNode value = value(field);
    if (value != null && !value.isBoolean()) {
      throw wrongType(field, "true or false", value);
    }
    return value == null ? null : value.booleanValue();
  }

  /** A whole number in a range, both ends included. */
  public @Nullable Integer integer(String field, int min, int max) {
    Double number = number(field, min, max);
    if (number == null) {
      return null;
    }
    if (number != Math.rint(number)) {
      throw RequestException.badParameter(
          name(field), name(field) + " must be a whole number, was " + number);
    }
    return number.intValue();
  }

  /** A number in a range, both ends included. */
  public @Nullable Double number(String field, double min, double max) {
    JsonNode value = value(field);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      throw wrongType(field, "a number", value);
    }
    double number = Json.number(value);
    if (!(number >= min && number <= max)) {
      throw RequestException.badParameter(
          name(field),
          "%s must be in [%s, %s], was %s"
              .formatted(name(field), plain(min), plain(max), plain(number)));
    }
    return number;
  }

  private static String plain(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? Long.toString((long) number)
        : Double.toString(number);
  }

  /** An object. */
  public @Nullable RequestObject object(String field) {
    JsonNode value = value(field);
    return value == null ? null : object(name(field), value);
  }

  /** An object that must be there. */
  public RequestObject requiredObject(String field) {
    RequestObject object = object(field);
    if (object == null) {
      throw missing(field);
    }
    return object;
  }

  /** The objects of an array; none if it is not there. */
  public List<RequestObject> objects(String field) {
    JsonNode value = value(field);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      throw wrongType(field, "an array", value);
    }
    List<RequestObject> objects = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      objects.add(object(name(field) + "[" + i + "]", value.get(i)));
    }
    return objects;
  }

  /** A text or an array of texts; none if it is not there. */
  public List<String> texts(String field) {
    JsonNode value = value(field);
    if (value == null) {
      return List.of();
    }
    if (value.isString()) {
      return List.of(value.stringValue());
    }
    if (!value.isArray() || !value.valueStream().allMatch(JsonNode::isString)) {
      throw wrongType(field, "a string or an array of strings", value);
    }
    return value.valueStream().map(JsonNode::stringValue).toList();
  }

  /** This object as JSON. */
  public ObjectNode json() {
    return json;
  }

  private static RequestObject object(String name, JsonNode value) {
    if (!(value instanceof ObjectNode object)) {
      throw RequestException.badParameter(name, name + " must be an object, was " + kindOf(value));
    }
    return new RequestObject(object, name);
  }

  /** That a field must be there. */
  public RequestException missing(String field) {
    return RequestException.badParameter(name(field), name(field) + " is missing");
  }

  private RequestException wrongType(String field, String wanted, JsonNode value) {
    return RequestException.badParameter(
        name(field), "%s must be %s, was %s".formatted(name(field), wanted, kindOf(value)));
  }

  private static String kindOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "an array";
      case OBJECT -> "an object";
      case STRING -> "a string";
      case NUMBER -> "a number";
      case BOOLEAN -> "true or false";
      default -> "null";
    };
  }
}
