package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** Pieces of a stream whose surroundings are built once. */
final class TextPieceTest {
  private static ObjectNode piece(String text) {
    ObjectNode piece = Json.object().put("model", "a\uE000rkllm\uE001\"b");
    piece.putArray("choices").addObject().put("content", text).putNull("finish_reason");
    return piece;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " tick",
        "\"\\\n\t\u0000\u001b\u007f",
        "größer 你好 😀",
        "\ud83d",
        "\ude00x",
        "\u0085\u2028\u2029",
        "\uE000rkllm\uE001",
        "</script>"
      })
  void line_isThatOfTheWholePiece(String text) {
    TextPiece pieces = new TextPiece(TextPieceTest::piece);
    for (int i = 0; i < 2; i++) {
      assertThat(pieces.line(text)).isEqualTo(Json.line(piece(text)));
    }
  }
}
