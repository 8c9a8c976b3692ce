package io.rkllm.tokenizer;

import io.rkllm.file.TokenType;
import io.rkllm.file.TokenizerData;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The types of tokens, also of those whose type a file does not tell. */
final class TokenTypes {
  /** Tokens of these shapes begin and end turns in all known families. */
  private static final Pattern CONTROL = Pattern.compile("<\\|[^<>|\\s]+\\|>|<｜[^<>｜\\s]+｜>");

  private static final Pattern BYTE = Pattern.compile("<0x[0-9A-F]{2}>");

  private final TokenizerData data;
  private final Set<Integer> control = new TreeSet<>();

  TokenTypes(TokenizerData data) {
    this.data = data;
    Stream.of(data.beginId(), data.endId(), data.endOfTurnId(), data.paddingId())
        .flatMapToInt(id -> id.isPresent() ? IntStream.of(id.getAsInt()) : IntStream.empty())
        .forEach(control::add);
  }

  TokenType of(int id) {
    TokenType type = data.type(id);
    return type == TokenType.UNDEFINED ? guess(id) : type;
  }

  private TokenType guess(int id) {
    if (control.contains(id)) {
      return TokenType.CONTROL;
    }
    if (data.unknownId().orElse(Vocabulary.NONE) == id) {
      return TokenType.UNKNOWN;
    }
    String text = data.tokens().get(id);
    if (text.startsWith("<") && CONTROL.matcher(text).matches()) {
      return TokenType.CONTROL;
    }
    return BYTE.matcher(text).matches() ? TokenType.BYTE : TokenType.NORMAL;
  }
}
