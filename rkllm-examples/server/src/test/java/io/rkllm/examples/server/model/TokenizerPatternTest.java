package io.rkllm.examples.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerPatternTest {
  private static final String SPACES = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  /** The expressions of Qwen, Llama 3, DeepSeek, GPT-2, GPT-4o, Kimi, and others. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
            + SPACES,
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}{1,3}" + SPACES,
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
            + "| ?[\\p{P}\\p{S}]+[\r\n]*"
            + SPACES,
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}]*[\\p{Ll}\\p{Lm}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}]+[\\p{Ll}\\p{Lm}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*"
            + SPACES,
        "[\\p{Han}]+|[\\p{Lu}&&[^\\p{Han}]]*[\\p{Ll}&&[^\\p{Han}]]+",
        " ?[^(\\s|[.,!?\u2026\u3002])]+",
        "[\u4e00-\u9fa5\u3040-\u309f]+",
        "[0-9][0-9][0-9]",
        " {2,}",
        "[\\r\\n]",
        "\\s?\\p{L}+",
        "\uD83D\uDE00+",
      })
  void isBounded_publishedExpressions_are(String pattern) {
    assertThat(TokenizerPattern.isBounded(pattern)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a+)+$",
        "(?=(a+)+c)x",
        "(a|a)*b",
        "(a|aa)+$",
        "(a?){40}b",
        "a*a*b",
        "a+a+b",
        "a?a?a?a?a?a?a?a?a?a?a?a?a?b",
        "(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)b",
        "a{1,999}a{1,999}b",
        "a+b|a+c|a+d|a+e|a+f",
        "(?:(?:){2147483647}){2147483647}",
        "(a*)*",
        "(?:a*b?)c(?=a*c)",
        "(a)\\1+b",
        "(?<=a+)b",
        "(?<name>a)b",
        "(?>a+)b",
        "a++b",
        "a{2}+b",
        "(?x: a + )+",
        "\\R+a",
        "\\k<1>",
        "[a",
        "[]a]+b",
        "a)",
        "((",
        "*",
        "{2}",
        "\\",
      })
  void isBounded_otherExpressions_areNot(String pattern) {
    assertThat(TokenizerPattern.isBounded(pattern)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "[", "a|", "(?:"})
  void isBounded_longExpressions_areNot(String part) {
    assertThat(TokenizerPattern.isBounded(part.repeat(20_000))).isFalse();
    assertThat(TokenizerPattern.isBounded(part.repeat(1000))).isEqualTo(part.equals("a|"));
  }
}
