package io.rkllm.examples.chat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class EscapingLogTest {
  @Test
  void text_withControlCharacters_staysOnOneLineAndMovesNoCursor() {
    String forged = "m\r\n12:00:00 [ERROR] forged \u001b[2J\u009b1A\u0000\u2028\u202e\u007f";

    assertThat(EscapingLog.escape(forged))
        .isEqualTo(
            "m\\r\\n12:00:00 [ERROR] forged \\u001b[2J\\u009b1A\\u0000\\u2028\\u202e\\u007f");
  }

  @Test
  void text_withInvisibleCharacters_showsThem() {
    assertThat(EscapingLog.escape("a\u200bb\ufeffc\udb40\udc41"))
        .isEqualTo("a\\u200bb\\ufeffc\\ue0041");
  }

  @Test
  void text_asLongAsARequest_isShortened() {
    assertThat(EscapingLog.escape("x".repeat(4_000_000)))
        .hasSizeLessThan(11_000)
        .endsWith("[and 3990000 characters more]");
  }

  @Test
  void text_anyLanguage_isUnchanged() {
    assertThat(EscapingLog.escape("größer 你好 \uD83D\uDE00\ttab $1 \\n {}"))
        .isEqualTo("größer 你好 \uD83D\uDE00\ttab $1 \\n {}");
  }

  @Test
  void trace_ofMessagesWithLineBreaks_hasNoLineOfTheirs() {
    IllegalStateException cause = new IllegalStateException("b\nforged");
    IllegalArgumentException thrown = new IllegalArgumentException("a\nforged", cause);
    thrown.addSuppressed(new IllegalStateException("c\u001b[2J\nforged"));

    assertThat(EscapingLog.stackTrace(thrown).lines())
        .contains(
            "java.lang.IllegalArgumentException: a\\nforged",
            "Caused by: java.lang.IllegalStateException: b\\nforged",
            "Suppressed: java.lang.IllegalStateException: c\\u001b[2J\\nforged")
        .noneMatch(line -> line.startsWith("forged"));
  }

  @Test
  void trace_ofACircularCause_ends() {
    Exception one = new Exception("one");
    Exception two = new Exception("two", one);
    one.initCause(two);

    assertThat(EscapingLog.stackTrace(one)).contains("one", "Caused by: java.lang.Exception: two");
  }
}
