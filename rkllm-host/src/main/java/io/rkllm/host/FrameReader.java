package io.rkllm.host;

import io.rkllm.input.NativeFloats;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a frame. Every length is checked against what the frame has, so a malformed
 * frame throws {@link MalformedFrameException} and allocates nothing beyond its own size.
 */
final class FrameReader {
  private final int type;
  private final ByteBuffer body;
  private final List<MemorySegment> floats = new ArrayList<>();

  FrameReader(int type, ByteBuffer body) {
    this.type = type;
    this.body = body;
  }

  int type() {
    return type;
  }

  /** Returns the memory for the floats that follow the body, in their order. */
  List<MemorySegment> floats() {
    return floats;
  }

  /** Checks that the whole body was read. */
  void requireEnd() {
    if (body.hasRemaining()) {
      throw malformed(body.remaining() + " bytes are left over");
    }
  }

  MalformedFrameException malformed(String problem) {
    return new MalformedFrameException("frame of type " + type + ": " + problem);
  }

  int takeInt() {
    return need(Integer.BYTES).getInt();
  }

  float takeFloat() {
    return need(Float.BYTES).getFloat();
  }

  boolean takeBoolean() {
    return need(1).get() != 0;
  }

  <E extends Enum<E>> E takeEnum(Class<E> type) {
    E[] values = type.getEnumConstants();
    int ordinal = need(1).get();
    if (ordinal < 0 || ordinal >= values.length) {
      throw malformed(type.getSimpleName() + " " + ordinal + " does not exist");
    }
    return values[ordinal];
  }

  byte[] takeBytes() {
    byte[] bytes = new byte[takeCount(1)];
    body.get(bytes);
    return bytes;
  }

  String takeString() {
    return new String(takeBytes(), StandardCharsets.UTF_8);
  }

  int[] takeInts() {
    int[] values = new int[takeCount(Integer.BYTES)];
    for (int i = 0; i < values.length; i++) {
      values[i] = body.getInt();
    }
    return values;
  }

  float[] takeFloats() {
    float[] values = new float[takeCount(Float.BYTES)];
    for (int i = 0; i < values.length; i++) {
      values[i] = body.getFloat();
    }
    return values;
  }

  /** Allocates memory for floats that follow the body; they are set when the frame is complete. */
  NativeFloats takeNativeFloats() {
    int length = takeInt();
    if (length < 1 || length > Integer.MAX_VALUE / Float.BYTES) {
      throw malformed("there cannot be " + length + " floats");
    }
    NativeFloats values = NativeFloats.allocate(length);
    floats.add(values.segment());
    return values;
  }

  <T> List<T> takeAll(Function<FrameReader, T> element) {
    int count = takeCount(1);
    List<T> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(element.apply(this));
    }
    return List.copyOf(values);
  }

  <T> @Nullable T takeNullable(Function<FrameReader, T> present) {
    return takeBoolean() ? present.apply(this) : null;
  }

  /** Reads the number of elements, each of which takes at least the given number of bytes. */
  private int takeCount(int elementBytes) {
    int count = takeInt();
    if (count < 0 || count > body.remaining() / elementBytes) {
      throw malformed("a length of " + count + " exceeds the frame");
    }
    return count;
  }

  private ByteBuffer need(int count) {
    if (body.remaining() < count) {
      throw malformed("it ends too early");
    }
    return body;
  }
}
