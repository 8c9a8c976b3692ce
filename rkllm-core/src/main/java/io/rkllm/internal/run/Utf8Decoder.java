package io.rkllm.internal.run;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Decodes UTF-8 that arrives in arbitrary pieces. A character that is not complete yet is held
 * back; what can never become one turns into U+FFFD, as {@link String} does it. The pieces joined
 * give what the joined bytes give. Used by one thread.
 */
public final class Utf8Decoder {
  private byte[] held = new byte[0];

  /** The characters that are complete with these bytes. */
  public String decode(byte[] bytes, int length) {
    if (held.length == 0) {
      return decodeWhole(bytes, length);
    }
    byte[] joined = new byte[held.length + length];
    System.arraycopy(held, 0, joined, 0, held.length);
    System.arraycopy(bytes, 0, joined, held.length, length);
    return decodeWhole(joined, joined.length);
  }

  /** Whether the beginning of a character is held back. */
  public boolean holdsBack() {
    return held.length > 0;
  }

  /** What is left at the end: nothing, or U+FFFD. */
  public String flush() {
    String rest = new String(held, StandardCharsets.UTF_8);
    held = new byte[0];
    return rest;
  }

  private String decodeWhole(byte[] bytes, int length) {
    int whole = length - unfinished(bytes, length);
    if (whole < length || held.length > 0) {
      held = Arrays.copyOfRange(bytes, whole, length);
    }
    return new String(bytes, 0, whole, StandardCharsets.UTF_8);
  }

  /**
   * How many bytes at the end begin a character without finishing it. A byte that is not a
   * continuation always begins something new, so cutting there changes nothing of what the decoder
   * makes of either side.
   */
  private static int unfinished(byte[] bytes, int length) {
    for (int back = 1; back <= Math.min(3, length); back++) {
      int b = bytes[length - back] & 0xFF;
      if ((b & 0xC0) != 0x80) {
        int wanted = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : b >= 0xC0 ? 2 : 1;
        return wanted > back ? back : 0;
      }
    }
    return 0;
  }
}
