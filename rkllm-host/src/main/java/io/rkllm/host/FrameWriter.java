package io.rkllm.host;

import io.rkllm.input.NativeFloats;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Builds a frame: the length of its body (4 bytes), its type (1 byte), the body, and then the
 * floats that the body announces, in their order. Numbers are big-endian, floats are in native
 * order. Can be reused. Not thread-safe.
 */
final class FrameWriter {
  static final int HEADER = Integer.BYTES + 1;

  private ByteBuffer bytes = ByteBuffer.allocate(256);
  private final List<MemorySegment> floats = new ArrayList<>();
  private final List<NativeFloats.Lease> leases = new ArrayList<>();

  /** Begins a frame of the given type, and discards the previous one. */
  FrameWriter begin(int type) {
    bytes.clear().putInt(0).put((byte) type);
    floats.clear();
    return this;
  }

  /**
   * Returns the header and the body. Valid until the next {@link #begin}.
   *
   * @throws IllegalArgumentException if the body is too long
   */
  ByteBuffer head() {
    int length = bytes.position() - HEADER;
    if (length > Wire.MAX_BODY) {
      throw new IllegalArgumentException(
          "texts of %d bytes cannot be passed to the process of the model, at most %d can; shorten the input"
              .formatted(length, Wire.MAX_BODY));
    }
    return bytes.putInt(0, length).flip();
  }

  /** Returns the floats that follow the body. */
  List<MemorySegment> floats() {
    return floats;
  }

  FrameWriter put(int value) {
    grown(Integer.BYTES).putInt(value);
    return this;
  }

  FrameWriter put(long value) {
    grown(Long.BYTES).putLong(value);
    return this;
  }

  FrameWriter put(float value) {
    grown(Float.BYTES).putFloat(value);
    return this;
  }

  FrameWriter put(boolean value) {
    grown(1).put((byte) (value ? 1 : 0));
    return this;
  }

  @SuppressWarnings("EnumOrdinal") // both sides are of the same release
  FrameWriter put(Enum<?> value) {
    grown(1).put((byte) value.ordinal());
    return this;
  }

  FrameWriter put(byte[] value, int length) {
    grown(Integer.BYTES + length).putInt(length).put(value, 0, length);
    return this;
  }

  FrameWriter put(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    return put(utf8, utf8.length);
  }

  FrameWriter put(int[] values) {
    put(values.length);
    grown(values.length * Integer.BYTES);
    for (int value : values) {
      bytes.putInt(value);
    }
    return this;
  }

  FrameWriter put(float[] values) {
    put(values.length);
    grown(values.length * Float.BYTES);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return this;
  }

  /**
   * Announces floats, which follow the body. Their memory stays open until {@link #release}.
   *
   * @throws IllegalStateException if it is closed
   */
  FrameWriter put(NativeFloats values) {
    leases.add(values.keepOpen());
    floats.add(values.segment());
    return put((int) values.length());
  }

  /** Lets the memory of the floats be closed, after the frame was sent or discarded. */
  void release() {
    leases.forEach(NativeFloats.Lease::close);
    leases.clear();
  }

  /** Appends floats whose number the body has announced. */
  FrameWriter append(MemorySegment values) {
    floats.add(values);
    return this;
  }

  <T> FrameWriter putAll(List<T> values, BiConsumer<FrameWriter, T> element) {
    put(values.size());
    values.forEach(value -> element.accept(this, value));
    return this;
  }

  <T> FrameWriter putNullable(@Nullable T value, BiConsumer<FrameWriter, T> present) {
    put(value != null);
    if (value != null) {
      present.accept(this, value);
    }
    return this;
  }

  private ByteBuffer grown(int more) {
    if (bytes.remaining() < more) {
      int size = Math.addExact(bytes.position(), more);
      bytes = ByteBuffer.allocate(Math.max(size, 2 * bytes.capacity())).put(bytes.flip());
    }
    return bytes;
  }
}
