package io.rkllm.examples.server.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON object of a request, read member by member. Errors name the member; null counts as absent.
 * The object records which of its members were read, at every depth, so that the others can be
 * reported to the client as ignored.
 */
public final class RequestObject {
  private static final int MAX_REPORTED = 20;
  private static final int MAX_NAME = 80;
  private static final Pattern LONE_SURROGATE = Pattern.compile("\\p{Cs}");

  private final ObjectNode json;
  private final String path;
  private final Map<String, List<RequestObject>> read =
      new HashMap<>(); // members and their objects
  private boolean readWhole;

  private RequestObject(ObjectNode json, String path) {
    this.json = json;
    this.path = path;
  }

  /**
   * Parses the body of a request.
   *
   * @throws RequestException if it is not a JSON object
   */
  public static RequestObject parse(byte[] body) {
    JsonNode json;
    try {
      json = Json.MAPPER.readTree(body);
    } catch (JacksonException e) {
      throw RequestException.of(400, "invalid_json", JsonProblem.of(e));
    }
    if (!(json instanceof ObjectNode object)) {
      throw RequestException.of(
          400,
          "invalid_json",
          body.length == 0
              ? "the body is empty; it must be a JSON object"
              : "the body must be a JSON object, with Content-Type application/json");
    }
    return new RequestObject(object, "");
  }

  /** Returns the name of a member as used in error messages, such as {@code messages[0].role}. */
  public String name(String member) {
    return path.isEmpty() ? member : path + "." + member;
  }

  /**
   * Returns the names of the members that have not been read, including those of inner objects. In
   * an array of objects, only the first object with an unread member is reported. The number of
   * names and their lengths are limited, and characters other than letters and digits are replaced.
   */
  public Set<String> unread() {
    Map<String, String> names = new LinkedHashMap<>();
    addUnread(names);
    return new TreeSet<>(names.values());
  }

  private void addUnread(Map<String, String> names) {
    if (readWhole) {
      return;
    }
    for (Map.Entry<String, JsonNode> member : json.properties()) {
      List<RequestObject> objects = read.get(member.getKey());
      if (objects != null) {
        objects.forEach(object -> object.addUnread(names));
      } else if (!member.getValue().isNull() && names.size() < MAX_REPORTED) {
        String name = name(member.getKey()).replaceAll("[^A-Za-z0-9_.\\[\\]-]", "?");
        if (name.length() > MAX_NAME) {
          name = name.substring(0, MAX_NAME) + "…";
        }
        names.putIfAbsent(name.replaceAll("\\[\\d+]", "[]"), name);
      }
    }
  }

  /** Returns the value of a member as it is, or null if it is absent. */
  public @Nullable JsonNode value(String member) {
    read.putIfAbsent(member, List.of());
    JsonNode value = json.get(member);
    return value == null || value.isNull() ? null : value;
  }

  /** Marks a member as not read, because its value has no effect. */
  public void ignore(String member) {
    read.remove(member);
  }

  /** Marks members as read that have no effect here and need not be reported. */
  public void skip(String... members) {
    for (String member : members) {
      value(member);
    }
  }

  /** Returns a string. */
  public @Nullable String text(String member) {
    JsonNode value = value(member);
    if (value != null && !value.isString()) {
      throw wrongType(member, "a string", value);
    }
    return value == null ? null : text(member, value);
  }

  /** Returns a string that the runtime can process. */
  private String text(String member, JsonNode value) {
    String text = value.stringValue();
    if (text.indexOf('\0') >= 0) {
      throw RequestException.badParameter(
          name(member),
          name(member) + " contains a NUL character, which the runtime cannot process; remove it");
    }
    if (LONE_SURROGATE.matcher(text).find()) {
      throw RequestException.badParameter(
          name(member),
          name(member) + " contains half a character, an unpaired surrogate; remove or repair it");
    }
    return text;
  }

  /** Returns a string that is required. */
  public String requiredText(String member) {
    String text = text(member);
    if (text == null) {
      throw missing(member);
    }
    return text;
  }

  /** Returns a boolean. */
  public @Nullable Boolean flag(String member) {
    JsonNode value = value(member);
    if (value != null && !value.isBoolean()) {
      throw wrongType(member, "true or false", value);
    }
    return value == null ? null : value.booleanValue();
  }

  /** Returns a whole number, as {@link #number} does. */
  public @Nullable Integer integer(String member, int min, int max) {
    Double number = number(member, min, max);
    if (number == null) {
      return null;
    }
    if (number != Math.rint(number)) {
      throw RequestException.badParameter(
          name(member), name(member) + " must be a whole number, was " + number);
    }
    return number.intValue();
  }

  /**
   * Returns a number in a range, both ends included. Outside of the range, −1 and 0 count as
   * absent, since clients mean the default by them.
   */
  public @Nullable Double number(String member, double min, double max) {
    JsonNode value = value(member);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      throw wrongType(member, "a number", value);
    }
    double number = Json.number(value);
    if ((number == -1 && min > -1) || (number == 0 && min > 0)) {
      return null;
    }
    if (!(number >= min && number <= max)) {
      throw RequestException.badParameter(
          name(member),
          "%s must be in [%s, %s], was %s"
              .formatted(name(member), plain(min), plain(max), plain(number)));
    }
    return number;
  }

  private static String plain(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? Long.toString((long) number)
        : Double.toString(number);
  }

  /** Returns an object. */
  public @Nullable RequestObject object(String member) {
    JsonNode value = value(member);
    return value == null
        ? null
        : objects(member, () -> List.of(object(name(member), value))).getFirst();
  }

  /** Returns an object that is required. */
  public RequestObject requiredObject(String member) {
    RequestObject object = object(member);
    if (object == null) {
      throw missing(member);
    }
    return object;
  }

  /** Returns the objects of an array; none if it is absent. */
  public List<RequestObject> objects(String member) {
    JsonNode value = value(member);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      throw wrongType(member, "an array", value);
    }
    return objects(
        member,
        () -> {
          List<RequestObject> objects = new ArrayList<>();
          for (int i = 0; i < value.size(); i++) {
            objects.add(object(name(member) + "[" + i + "]", value.get(i)));
          }
          return objects;
        });
  }

  /** Returns the same objects on each call, since they record which of their members were read. */
  private List<RequestObject> objects(String member, Supplier<List<RequestObject>> made) {
    List<RequestObject> objects = read.getOrDefault(member, List.of());
    if (objects.isEmpty()) {
      objects = made.get();
      read.put(member, objects);
    }
    return objects;
  }

  /** Returns a string or the strings of an array; none if it is absent. */
  public List<String> texts(String member) {
    JsonNode value = value(member);
    if (value == null) {
      return List.of();
    }
    if (value.isString()) {
      return List.of(text(member, value));
    }
    if (!value.isArray() || !value.valueStream().allMatch(JsonNode::isString)) {
      throw wrongType(member, "a string or an array of strings", value);
    }
    return value.valueStream().map(text -> text(member, text)).toList();
  }

  /** Returns this object as JSON and marks all of its members as read. */
  public ObjectNode json() {
    readWhole = true;
    return json;
  }

  private static RequestObject object(String name, JsonNode value) {
    if (!(value instanceof ObjectNode object)) {
      throw RequestException.badParameter(name, name + " must be an object, was " + kindOf(value));
    }
    return new RequestObject(object, name);
  }

  /** Returns the exception for a member that is required and absent. */
  public RequestException missing(String member) {
    return RequestException.badParameter(name(member), name(member) + " is missing");
  }

  private RequestException wrongType(String member, String wanted, JsonNode value) {
    return RequestException.badParameter(
        name(member), "%s must be %s, was %s".formatted(name(member), wanted, kindOf(value)));
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
