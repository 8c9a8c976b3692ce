package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The text of one result, copied from native memory, which is invalid once the callback has
 * returned. All results of a model share one buffer, which grows but never shrinks and is used only
 * inside callbacks.
 */
final class TokenText {
  /** No token is this long; a longer text has lost its terminator. */
  private static final int MAX_LENGTH = 1 << 20;

  private byte[] bytes = new byte[256];

  /** Returns the buffer, which is replaced when a longer text is copied. */
  byte[] bytes() {
    return bytes;
  }

  /** Returns the beginning of the buffer, decoded as UTF-8. */
  String string(int length) {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** Copies the C string at the given address and returns its length, which is 0 for NULL. */
  int copy(long source) {
    if (source == 0) {
      return 0;
    }
    if (!NativeMemory.isPlausible(source, 1)) {
      throw new IllegalStateException(
          "the runtime returned the text of a token at the invalid address 0x%x; it was not read"
              .formatted(source));
    }
    byte[] target = bytes;
    for (int i = 0; ; i++) {
      byte b = NativeMemory.ALL.get(JAVA_BYTE, source + i);
      if (b == 0) {
        return i;
      }
      if (i == target.length) {
        target = grow();
      }
      target[i] = b;
    }
  }

  private byte[] grow() {
    if (bytes.length >= MAX_LENGTH) {
      throw new IllegalStateException(
          "the runtime returned a token of more than " + MAX_LENGTH + " bytes");
    }
    bytes = Arrays.copyOf(bytes, bytes.length * 2);
    return bytes;
  }
}
