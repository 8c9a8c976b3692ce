package io.rkllm.internal.run;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Decodes UTF-8 that arrives in arbitrary pieces. Incomplete characters are withheld; invalid bytes
 * become U+FFFD, as in {@link String}. The concatenated results equal the decoded concatenation of
 * all pieces. Not thread-safe.
 */
public final class Utf8Decoder {
  private byte[] held = new byte[0];

  /** Adds bytes and returns the characters that are complete. */
  public String decode(byte[] bytes, int length) {
    if (held.length == 0) {
      return decodeWhole(bytes, length);
    }
    byte[] joined = new byte[held.length + length];
    System.arraycopy(held, 0, joined, 0, held.length);
    System.arraycopy(bytes, 0, joined, held.length, length);
    return decodeWhole(joined, joined.length);
  }

  /** Returns whether the beginning of a character is withheld. */
  public boolean isWithholding() {
    return held.length > 0;
  }

  /** Returns U+FFFD if a character is incomplete at the end, or an empty string. */
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
   * Returns the number of bytes at the end that begin a character without completing it. A byte
   * that is not a continuation byte always begins a new character, so splitting the input there
   * does not change how either part is decoded.
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
