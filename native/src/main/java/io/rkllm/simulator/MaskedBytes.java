package io.rkllm.simulator;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Pattern;

/** The bytes of a model file, as docs/model-file.md describes them. */
final class MaskedBytes {
  /** The types of values. */
  static final int UINT32 = 4;

  static final int INT32 = 5;
  static final int FLOAT32 = 6;
  static final int FLAG = 7;
  static final int TEXT = 8;

  private static final int ARRAY = 9;
  private static final byte[] MASK = mask();

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** The mask stands in a file that the simulator's C code includes. */
  private static byte[] mask() {
    String name = "string_mask.inc";
    try (InputStream in = Objects.requireNonNull(MaskedBytes.class.getResourceAsStream(name))) {
      String source = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      ByteArrayOutputStream mask = new ByteArrayOutputStream();
      Pattern.compile("0x([0-9a-f]{2}),")
          .matcher(source)
          .results()
          .forEach(value -> mask.write(Integer.parseInt(value.group(1), 16)));
      return mask.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " of the simulator's jar", e);
    }
  }

  MaskedBytes magic() {
    return masked("GGUF".getBytes(StandardCharsets.US_ASCII));
  }

  MaskedBytes type(int type) {
    return number(type);
  }

  MaskedBytes array(int elementType, int count) {
    return number(ARRAY).number(elementType).wide(count);
  }

  MaskedBytes text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return wide(bytes.length).masked(bytes);
  }

  MaskedBytes flag(boolean value) {
    out.write(value ? 1 : 0);
    return this;
  }

  MaskedBytes number(int value) {
    return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  MaskedBytes wide(long value) {
    return raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  MaskedBytes raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  private MaskedBytes masked(byte[] plain) {
    byte[] masked = plain.clone();
    for (int i = 0; i < masked.length; i++) {
      masked[i] ^= MASK[i % MASK.length];
    }
    return raw(masked);
  }

  byte[] bytes() {
    return out.toByteArray();
  }
}
