package io.rkllm.examples.server.http;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The pieces of a stream that differ in one text only. Their surroundings are built once, because
 * building and writing a tree for each token costs more than sending it. Used by one thread.
 */
public final class TextPiece {
  /** Stands for the text while the surroundings are built. */
  private static final String MARK = "\uE000rkllm\uE001";

  private final Function<String, JsonNode> piece;
  private @Nullable String before;
  private String after = "";

  /**
   * Creates pieces.
   *
   * @param piece returns the piece for a text
   */
  public TextPiece(Function<String, JsonNode> piece) {
    this.piece = piece;
  }

  /** Returns the piece for a text as a line of JSON. */
  public String line(String text) {
    if (before == null) {
      String json = Json.line(piece.apply(MARK));
      int mark = json.lastIndexOf(Json.string(MARK));
      before = json.substring(0, mark);
      after = json.substring(mark + Json.string(MARK).length());
    }
    return before + Json.string(text) + after;
  }
}
