package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The text of one result, copied out of native memory, which is gone when the callback returns. One
 * buffer for all of a model's results: it grows, never shrinks, and is touched only inside a
 * callback.
 */
final class TokenText {
  /** No token is that long; a text that is has lost its end. */
  private static final int MAX_LENGTH = 1 << 20;

  private byte[] bytes = new byte[256];

  /** The buffer; another one after a longer text has been copied. */
  byte[] bytes() {
    return bytes;
  }

  /** The beginning of the buffer, as far as it is UTF-8. */
  String string(int length) {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** Copies the C string at this address and returns its length; of NULL that is 0. */
  int copy(long source) {
    if (source == 0) {
      return 0;
    }
    if (!NativeMemory.isPlausible(source, 1)) {
      throw new IllegalStateException(
          "the runtime gave the text of a token at address 0x%x, which cannot be; it was not read"
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
          "the runtime gave a token of more than " + MAX_LENGTH + " bytes");
    }
    bytes = Arrays.copyOf(bytes, bytes.length * 2);
    return bytes;
  }
}
