package io.rkllm.tools.format;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.json.SpacedJson;
import io.rkllm.tools.internal.json.ToolJson;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectWriter;

/**
 * The control tokens of a family, and how text is kept from being read as one: a space is put in
 * after the first character of each, and nothing is taken away. In JSON, where that would change a
 * string, the first character is written as its {@code \\u} escape instead, which leaves it equal.
 */
final class ControlTokens {
  /** {@code <|name|>}, as most families write them. */
  static final String PIPED = "<\\|[^\\s<>|]+\\|>";

  /** The tags around thinking. */
  static final String THINKING = "</?think>";

  /** The tags of tools that Hermes introduced. */
  static final String HERMES_TOOLS = "</?(?:tools|tool_call|tool_response)>";

  /** Beginning and end of a sequence, as SentencePiece has them. */
  static final String SEQUENCE = "</?s>|<unk>";

  private final Set<String> expressions;
  private final Pattern starts;
  private final LiteralTokens literals;

  private ControlTokens(Collection<String> expressions, LiteralTokens literals) {
    this.expressions = new LinkedHashSet<>(expressions);
    this.literals = literals;
    // Only where one starts is looked for, so that of two that overlap both are found.
    starts = Pattern.compile("(?=" + String.join("|", this.expressions) + ")(?s:.)");
  }

  /**
   * Returns the tokens that match any of these regular expressions, which must have at least two
   * characters.
   */
  static ControlTokens of(String... expressions) {
    return new ControlTokens(List.of(expressions), LiteralTokens.NONE);
  }

  /** Returns the tokens of all, none of which has literals. */
  static ControlTokens union(Collection<ControlTokens> all) {
    return new ControlTokens(
        all.stream().flatMap(tokens -> tokens.expressions.stream()).toList(), LiteralTokens.NONE);
  }

  /**
   * Returns these tokens and others, which are given as they are. A vocabulary may have hundreds of
   * thousands of them.
   */
  ControlTokens withLiterals(Stream<String> tokens) {
    return new ControlTokens(expressions, new LiteralTokens(tokens));
  }

  /** Returns the text with its characters replaced where a token starts. */
  private String replaced(String text, IntFunction<String> replacement) {
    BitSet at = literals.starts(text);
    Matcher matcher = starts.matcher(text);
    while (matcher.find()) {
      at.set(matcher.start());
    }
    if (at.isEmpty()) {
      return text;
    }
    StringBuilder result = new StringBuilder(text.length() + at.cardinality());
    int copied = 0;
    for (int start = at.nextSetBit(0); start >= 0; start = at.nextSetBit(start + 1)) {
      int first = text.codePointAt(start);
      result.append(text, copied, start).append(replacement.apply(first));
      copied = start + Character.charCount(first);
    }
    return result.append(text, copied, text.length()).toString();
  }

  /**
   * Returns the text with a mark in each token, for text that may or may not be written as JSON.
   */
  String marked(String text, char mark) {
    return replaced(text, first -> Character.toString(first) + mark);
  }

  /** Returns the text with a space in each token. */
  String neutral(String text) {
    return replaced(text, first -> Character.toString(first) + ' ');
  }

  /** Returns equivalent JSON without tokens. */
  String neutralJson(String json) {
    return replaced(json, ControlTokens::escaped);
  }

  /** Returns the escape of a character in JSON. */
  private static String escaped(int character) {
    return Character.toString(character)
        .chars()
        .mapToObj("\\u%04x"::formatted)
        .collect(Collectors.joining());
  }

  /**
   * Returns a JSON value with a space in each token of its strings, for formats that do not write
   * strings as JSON.
   */
  @Nullable Object neutralTree(@Nullable Object value) {
    return switch (value) {
      case String text -> neutral(text);
      case List<?> list -> list.stream().map(this::neutralTree).toList();
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> neutral = new LinkedHashMap<>();
        map.forEach((key, element) -> neutral.put(neutral((String) key), neutralTree(element)));
        yield neutral;
      }
      case null -> null;
      default -> value;
    };
  }

  /** Returns the declarations in the format of the OpenAI API, without tokens. */
  List<String> declarations(Conversation conversation) {
    return conversation.tools().stream().map(ToolJson::of).map(this::neutralJson).toList();
  }

  /**
   * Returns the declarations as {@code {"name": …, "description": …, "parameters": {…}}}, without
   * tokens in them.
   *
   * @param indent how many spaces deeper each level begins; 0 for one line
   */
  List<String> functions(Conversation conversation, int indent) {
    ObjectWriter writer = indent == 0 ? SpacedJson.writer() : SpacedJson.writer(indent);
    return conversation.tools().stream()
        .map(tool -> writer.writeValueAsString(ToolJson.tree(tool).get("function")))
        .map(this::neutralJson)
        .toList();
  }

  /** Returns the conversation without tokens in its messages. */
  Conversation neutral(Conversation conversation) {
    return conversation.withMessages(conversation.messages().stream().map(this::neutral).toList());
  }

  private ChatMessage neutral(ChatMessage message) {
    return switch (message) {
      case ChatMessage.SystemPrompt system -> new ChatMessage.SystemPrompt(neutral(system.text()));
      case ChatMessage.User user -> new ChatMessage.User(neutral(user.text()));
      case ChatMessage.Assistant answer ->
          new ChatMessage.Assistant(
              neutral(answer.text()),
              neutral(answer.thinking()),
              answer.toolCalls().stream().map(this::neutral).toList());
      case ChatMessage.ToolResult result ->
          new ChatMessage.ToolResult(
              neutral(result.callId()), neutral(result.name()), neutral(result.text()));
    };
  }

  private ToolCall neutral(ToolCall call) {
    return new ToolCall(neutral(call.id()), neutral(call.name()), neutralJson(call.arguments()));
  }
}
