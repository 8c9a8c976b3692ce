package io.rkllm.examples.chat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalTest {
  /** Escape, bidirectional controls, separators, zero widths, a byte order mark, a tag. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u001b", "\u009b", "\r", "\u202e", "\u202a", "\u2066", "\u2069", "\u200e", "\u200f",
        "\u061c", "\u2028", "\u2029", "\u200b", "\u2060", "\u2063", "\ufeff", "\u00ad", "\u180e",
        "\ufff9", "\udb40\udc41"
      })
  void harmless_invisibleOrControl_isReplaced(String unsafe) {
    assertThat(Terminal.harmless("a" + unsafe + "b")).isEqualTo("a\ufffdb");
  }

  /** Joiners belong to Persian, Hindi, and emoji; the sign of Arabic numbers is visible. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "two\n\tlines",
        "größer 你好 שלום",
        "می\u200cخواهم",
        "क्\u200dष",
        "\ud83d\udc68\u200d\ud83d\udc69\ufe0f",
        "\u0600"
      })
  void harmlessText_anyLanguage_isUnchanged(String text) {
    assertThat(Terminal.harmless(text)).isEqualTo(text);
  }

  @Test
  void harmless_emptyText_staysEmpty() {
    assertThat(Terminal.harmless("")).isEmpty();
  }
}
