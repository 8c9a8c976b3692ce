package io.rkllm.test.dialect;

import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.test.dialect.DialectLaws.SampleCall;
import io.rkllm.tools.parser.Dialect;
import io.rkllm.tools.parser.ParserOptions;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Random calls and answers. */
final class Samples {
  private static final List<String> NAMES = List.of("get_weather", "f", "send-mail_2");

  /** The parameters of each tool, with their types. */
  private static final List<Map.Entry<String, String>> PARAMETERS =
      List.of(
          Map.entry("city", "string"),
          Map.entry("days", "integer"),
          Map.entry("ratio", "number"),
          Map.entry("exact", "boolean"),
          Map.entry("tags", "array"),
          Map.entry("filter", "object"),
          Map.entry("note", "string"));

  private static final List<String> WORDS =
      List.of(
          "Oslo",
          " ",
          "é",
          "日本",
          "😀",
          "\"",
          "'",
          "\\",
          "<b>",
          "a < b",
          "\n",
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "=",
          "(",
          ")",
          "null",
          "42",
          "http://x.y/?a=b#c",
          "-",
          "it's",
          "\\n",
          "\t");

  private static final List<String> PROSE =
      List.of("Well", ", ", "a < b", " é", "日本", " (1) ", "x", "2 > 1 ", "😀", ". ");

  private static final List<String> PARTS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          "(",
          ")",
          "\"",
          "'",
          "\\",
          ":",
          ",",
          "=",
          "\n",
          " ",
          "`",
          "```json\n",
          "```",
          "<",
          ">",
          "|",
          "f",
          "get_weather",
          "name",
          "\"name\"",
          "\"arguments\"",
          "\"f\"",
          "{\"name\": \"f\", \"arguments\": ",
          "{\"a\": 1}",
          "true",
          "1.5",
          "Hello.",
          "\uD83D",
          "日",
          "\u0000",
          "</think>",
          "<think>");

  private final RandomGenerator random;
  private final Dialect dialect;
  private final boolean anyText;

  Samples(RandomGenerator random, Dialect dialect, boolean anyText) {
    this.random = random;
    this.dialect = dialect;
    this.anyText = anyText;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  private String one(List<String> of) {
    return of.get(below(of.size()));
  }

  /** Returns text without tags. */
  String prose() {
    StringBuilder text = new StringBuilder("So");
    for (int i = below(8); i > 0; i--) {
      text.append(one(PROSE));
    }
    return text.append('.').toString();
  }

  // ---- Calls

  List<SampleCall> calls() {
    List<SampleCall> calls = new ArrayList<>();
    for (int i = 0; i <= below(3); i++) {
      Map<String, Object> arguments = arguments();
      String name = one(NAMES);
      ToolCall call = new ToolCall("call_" + i, name, json(arguments));
      calls.add(new SampleCall(call, arguments, declaration(name)));
    }
    return calls;
  }

  private static ToolDeclaration declaration(String name) {
    String properties =
        PARAMETERS.stream()
            .map(entry -> "\"%s\": {\"type\": \"%s\"}".formatted(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
    return new ToolDeclaration(
        name, "", "{\"type\": \"object\", \"properties\": {" + properties + "}}");
  }

  private Map<String, Object> arguments() {
    Map<String, Object> arguments = new LinkedHashMap<>();
    for (Map.Entry<String, String> parameter : PARAMETERS) {
      if (random.nextBoolean()) {
        arguments.put(parameter.getKey(), value(parameter.getValue()));
      }
    }
    return arguments;
  }

  private Object value(String type) {
    return switch (type) {
      case "string" -> string();
      case "integer" -> random.nextInt(-1000, 1000);
      case "number" -> BigDecimal.valueOf(random.nextInt(1, 1000), 3).stripTrailingZeros();
      case "boolean" -> random.nextBoolean();
      case "array" -> List.of(string(), random.nextInt(100), random.nextBoolean(), List.of());
      default -> {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("a", string());
        map.put("b", Map.of("c", List.of(string())));
        yield map;
      }
    };
  }

  /** Returns a string that begins and ends with a letter. */
  private String string() {
    StringBuilder text = new StringBuilder("x");
    for (int i = below(6); i > 0; i--) {
      text.append(anyText && below(4) == 0 ? tag() : one(WORDS));
    }
    return text.append('x').toString();
  }

  // ---- JSON, written by hand so that this needs no library

  private static String json(@Nullable Object value) {
    return switch (value) {
      case String text -> quoted(text);
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(entry -> quoted((String) entry.getKey()) + ": " + json(entry.getValue()))
              .collect(Collectors.joining(", ", "{", "}"));
      case List<?> list ->
          list.stream().map(Samples::json).collect(Collectors.joining(", ", "[", "]"));
      case null, default -> String.valueOf(value);
    };
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append("\\u%04x".formatted((int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }

  // ---- Answers

  /** Returns options without limits. */
  ParserOptions plainOptions() {
    return ParserOptions.builder()
        .dialect(dialect)
        .tools(NAMES.stream().map(Samples::declaration).toList())
        .build();
  }

  /** Returns options with random limits. */
  ParserOptions options() {
    return plainOptions().toBuilder()
        .startsInThinking(below(8) == 0)
        .maxCallLength(below(8) == 0 ? 64 : 4096)
        .maxDepth(below(8) == 0 ? 2 : 64)
        .build();
  }

  /** Returns rendered calls, tags and parts of them, and other characters, in random order. */
  String answer() {
    StringBuilder answer = new StringBuilder();
    for (int i = below(16); i > 0; i--) {
      switch (below(6)) {
        case 0 -> answer.append(rendered());
        case 1 -> answer.append(tag());
        case 2 -> answer.append(part(rendered()));
        case 3 -> answer.append((char) random.nextInt(128));
        case 4 -> answer.append(one(PARTS));
        default -> {
          int at = below(answer.length() + 1);
          answer.delete(at, Math.min(answer.length(), at + below(8)));
        }
      }
    }
    return answer.toString();
  }

  /** Returns a rendered call without tags in its strings. */
  String rendered() {
    return dialect.render(
        List.of(new ToolCall("call_9", one(NAMES), "{\"city\": \"Oslo\", \"tags\": [1, {}]}")));
  }

  /** Returns a control token, a thinking tag, or part of a rendered call. */
  private String tag() {
    List<String> tags = new ArrayList<>(dialect.controlTokens());
    dialect.thinkingTags().forEach(tag -> tags.addAll(List.of(tag.opener(), tag.closer())));
    tags.add(part(rendered()));
    return clean(one(tags));
  }

  private String part(String text) {
    int from = below(text.length());
    return text.substring(from, Math.min(text.length(), from + 1 + below(24)));
  }

  /** Removes lone surrogates. */
  private static String clean(String text) {
    return text.codePoints()
        .filter(c -> c > 0xFFFF || !Character.isSurrogate((char) c))
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
  }

  /** Splits an answer into single characters, or at random positions. */
  List<String> pieces(String answer) {
    int longest = random.nextBoolean() ? 1 : 12;
    List<String> pieces = new ArrayList<>();
    for (int from = 0; from < answer.length(); ) {
      int to = Math.min(answer.length(), from + 1 + below(longest));
      pieces.add(answer.substring(from, to));
      from = to;
    }
    return pieces;
  }
}
