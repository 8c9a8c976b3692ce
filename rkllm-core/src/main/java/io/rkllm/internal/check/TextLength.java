package io.rkllm.internal.check;

/** Limits to the number of tokens of a text that hold for any tokenizer. */
public final class TextLength {
  /**
   * The longest tokens in the vocabularies of published models are runs of 128 spaces or
   * punctuation characters. A text with more than four times as many bytes per token of the context
   * cannot fit. White space is not counted, because a tokenizer may drop it.
   */
  private static final int BYTES_OF_A_TOKEN = 512;

  private TextLength() {}

  /** Returns a number of tokens that no tokenizer falls below. */
  public static long minTokens(String text) {
    return bytesWithoutWhiteSpace(text) / BYTES_OF_A_TOKEN;
  }

  /** Returns the number of UTF-8 bytes in a text, which is the maximum number of its tokens. */
  public static long maxTokens(String text) {
    return bytes(text, true);
  }

  /** Returns the number of UTF-8 bytes in the parts of a text that are not white space. */
  public static long bytesWithoutWhiteSpace(String text) {
    return bytes(text, false);
  }

  private static long bytes(String text, boolean withWhiteSpace) {
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (withWhiteSpace || !(Character.isWhitespace(c) || Character.isSpaceChar(c))) {
        bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
      }
    }
    return bytes;
  }
}
