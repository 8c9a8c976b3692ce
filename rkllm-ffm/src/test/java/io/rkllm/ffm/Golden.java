package io.rkllm.ffm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the golden layout files, which are JSON with objects, arrays of strings, strings and
 * integers.
 */
final class Golden {
  private final String json;
  private int at;

  private Golden(String json) {
    this.json = json;
  }

  /** Returns objects as maps, and arrays as maps from their indices. */
  static Map<String, Object> read(Path file) {
    try {
      return object(new Golden(Files.readString(file)).value());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }

  private Object value() {
    char c = peek();
    if (c == '{' || c == '[') {
      return members(c == '{');
    }
    int start = at;
    if (c == '"') {
      at = json.indexOf('"', at + 1) + 1;
      return json.substring(start + 1, at - 1);
    }
    while (Character.isDigit(json.charAt(at)) || json.charAt(at) == '-') {
      at++;
    }
    return Integer.parseInt(json, start, at, 10);
  }

  private Map<String, Object> members(boolean named) {
    Map<String, Object> members = new LinkedHashMap<>();
    at++;
    while (peek() != '}' && peek() != ']') {
      String name = named ? (String) value() : Integer.toString(members.size());
      if (named) {
        peek();
        at++; // the colon
      }
      members.put(name, value());
      if (peek() == ',') {
        at++;
      }
    }
    at++;
    return members;
  }

  /** Returns the next character that is not white space. */
  private char peek() {
    while (Character.isWhitespace(json.charAt(at))) {
      at++;
    }
    return json.charAt(at);
  }
}
