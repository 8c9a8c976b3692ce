package io.rkllm.tokenizer;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Divides text into the words that byte-level encoding processes one by one, in the same way as in
 * the training of the model's family. The expressions are those of the published tokenizers.
 */
enum PreTokenizer {
  GPT2(false, Expressions.GPT2),
  DIGITS_THEN_GPT2(false, "\\p{N}", Expressions.GPT2),
  DEFAULT(false, "[\\p{P}$+<=>^~|]+", Expressions.GPT2, "\\p{N}+", "[0-9][0-9][0-9]"),
  LLAMA3(false, Expressions.words("\\p{L}+", "\\p{N}{1,3}", "\\p{L}\\p{N}")),
  QWEN2(true, Expressions.words("\\p{L}+", "\\p{N}", "\\p{L}\\p{N}")),
  QWEN35(true, Expressions.words("[\\p{L}\\p{M}]+", "\\p{N}", "\\p{L}\\p{M}\\p{N}")),
  TEKKEN(false, Expressions.cased("", "\\p{N}")),
  GPT4O(false, Expressions.cased(Expressions.CONTRACTION + "?", "\\p{N}{1,3}")),
  DEEPSEEK_CODER(
      false,
      "[\r\n]",
      "\\s?\\p{L}+",
      "\\s?\\p{P}+",
      "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+",
      "\\p{N}"),
  DEEPSEEK3(
      false,
      "\\p{N}{1,3}",
      "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
      "[!-/:-@\\[-`{-~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
          + "| ?[\\p{P}\\p{S}]+[\r\n]*|"
          + Expressions.SPACES);

  /** Pre-tokenizers by their names in files, which were introduced by llama.cpp's converter. */
  private static final Map<String, PreTokenizer> NAMED =
      Map.ofEntries(
          Map.entry("default", DEFAULT),
          Map.entry("gpt-2", GPT2),
          Map.entry("gpt2", GPT2),
          Map.entry("mpt", GPT2),
          Map.entry("olmo", GPT2),
          Map.entry("phi-2", GPT2),
          Map.entry("jais", GPT2),
          Map.entry("trillion", GPT2),
          Map.entry("granite-docling", GPT2),
          Map.entry("starcoder", DIGITS_THEN_GPT2),
          Map.entry("refact", DIGITS_THEN_GPT2),
          Map.entry("command-r", DIGITS_THEN_GPT2),
          Map.entry("smollm", DIGITS_THEN_GPT2),
          Map.entry("codeshell", DIGITS_THEN_GPT2),
          Map.entry("exaone", DIGITS_THEN_GPT2),
          Map.entry("llama3", LLAMA3),
          Map.entry("llama-v3", LLAMA3),
          Map.entry("llama-bpe", LLAMA3),
          Map.entry("falcon3", LLAMA3),
          Map.entry("lfm2", LLAMA3),
          Map.entry("dbrx", LLAMA3),
          Map.entry("smaug-bpe", LLAMA3),
          Map.entry("glm4", LLAMA3),
          Map.entry("chatglm-bpe", LLAMA3),
          Map.entry("qwen2", QWEN2),
          Map.entry("stablelm2", QWEN2),
          Map.entry("deepseek-r1-qwen", QWEN2),
          Map.entry("hunyuan", QWEN2),
          Map.entry("megrez", QWEN2),
          Map.entry("qwen35", QWEN35),
          Map.entry("tekken", TEKKEN),
          Map.entry("gpt-4o", GPT4O),
          Map.entry("llama4", GPT4O),
          Map.entry("deepseek-coder", DEEPSEEK_CODER),
          Map.entry("deepseek-v3", DEEPSEEK3),
          Map.entry("hunyuan-dense", DEEPSEEK3));

  private final boolean normalizes;

  @SuppressWarnings("ImmutableEnumChecker") // the list is unmodifiable
  private final List<Pattern> patterns;

  PreTokenizer(boolean normalizes, String... expressions) {
    this.normalizes = normalizes;
    patterns =
        Stream.of(expressions)
            .map(expression -> Pattern.compile(expression, Pattern.UNICODE_CHARACTER_CLASS))
            .toList();
  }

  /**
   * Returns the pre-tokenizer with the name found in a file.
   *
   * @param name the name, such as {@code qwen2}; empty if the file has none
   * @param family the model's architecture and class, as found in the file
   * @return the pre-tokenizer, or empty if the name is unknown
   */
  static Optional<PreTokenizer> named(String name, String family) {
    String wanted = name.isEmpty() ? "default" : name;
    PreTokenizer found = NAMED.get(wanted);
    // The toolkit writes "default" for families it does not support, and the runtime then splits
    // numbers differently from the model's training.
    return found == DEFAULT ? Optional.of(ofFamily(family)) : Optional.ofNullable(found);
  }

  /** Returns whether a file names the rules of no family, and its family has rules of its own. */
  static boolean replaces(String name, String family) {
    PreTokenizer found = NAMED.get(name.isEmpty() ? "default" : name);
    return found == DEFAULT && ofFamily(family) != DEFAULT;
  }

  private static PreTokenizer ofFamily(String family) {
    String lowerCase = family.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    if (lowerCase.contains("qwen35") || lowerCase.contains("qwen3next")) {
      return QWEN35;
    }
    return lowerCase.contains("qwen") ? QWEN2 : DEFAULT;
  }

  /** Returns whether a word that is itself a token becomes that token regardless of the merges. */
  boolean prefersWholeWords() {
    return this == LLAMA3 || this == TEKKEN || this == GPT4O;
  }

  void split(String text, Consumer<String> words) {
    List<String> pieces =
        List.of(normalizes ? Normalizer.normalize(text, Normalizer.Form.NFC) : text);
    for (Pattern pattern : patterns) {
      List<String> finer = new ArrayList<>();
      for (String piece : pieces) {
        isolate(pattern.matcher(piece), piece, finer);
      }
      pieces = finer;
    }
    pieces.forEach(words);
  }

  private static void isolate(Matcher matcher, String piece, List<String> pieces) {
    int end = 0;
    while (matcher.find()) {
      if (end < matcher.start()) {
        pieces.add(piece.substring(end, matcher.start()));
      }
      if (matcher.start() < matcher.end()) {
        pieces.add(matcher.group());
      }
      end = matcher.end();
    }
    if (end < piece.length()) {
      pieces.add(piece.substring(end));
    }
  }

  /** Common parts of the expressions. */
  private static final class Expressions {
    static final String SPACES = "\\s*[\r\n]+|\\s+(?!\\S)|\\s+";
    static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    static final String GPT2 =
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";

    static String words(String letters, String digits, String neitherOf) {
      return CONTRACTION
          + ("|[^\r\n\\p{L}\\p{N}]?" + letters)
          + ("|" + digits)
          + ("| ?[^\\s" + neitherOf + "]+[\r\n]*|")
          + SPACES;
    }

    static String cased(String contraction, String digits) {
      return ("[^\r\n\\p{L}\\p{N}]?" + UPPER + "*" + LOWER + "+" + contraction)
          + ("|[^\r\n\\p{L}\\p{N}]?" + UPPER + "+" + LOWER + "*" + contraction)
          + ("|" + digits)
          + "| ?[^\\s\\p{L}\\p{N}]+[\r\n/]*|"
          + SPACES;
    }
  }
}
