package io.rkllm.host;

import io.rkllm.input.NativeFloats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a frame. Every length is checked against what the frame has, so a malformed
 * frame throws {@link MalformedFrameException} and allocates nothing beyond its own size.
 */
final class FrameReader {
  /** More than any list has: a batch, the findings of a report. */
  private static final int MAX_ELEMENTS = 4096;

  /** Receives the floats that follow the body. */
  @FunctionalInterface
  interface FloatReceiver {
    MemorySegment receive(long bytes, LongFunction<MemorySegment> allocator) throws IOException;
  }

  private final int type;
  private final ByteBuffer body;
  private final FloatReceiver receiver;
  private final List<NativeFloats> floats = new ArrayList<>();

  /**
   * @param receiver receives the floats in the order in which the body announces them
   */
  FrameReader(int type, ByteBuffer body, FloatReceiver receiver) {
    this.type = type;
    this.body = body;
    this.receiver = receiver;
  }

  int type() {
    return type;
  }

  /** Closes all floats that were received, because the frame is malformed. */
  void closeFloats() {
    floats.forEach(NativeFloats::close);
  }

  /** Checks that the whole body was read. */
  void requireEnd() {
    if (body.hasRemaining()) {
      throw malformed(body.remaining() + " bytes are left over");
    }
  }

  /** Ignores what is left of the body. */
  void skipRest() {
    body.position(body.limit());
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
    int value = need(1).get();
    if (value != 0 && value != 1) {
      throw malformed("a boolean cannot be " + value);
    }
    return value == 1;
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

  /** Receives floats that follow the body. */
  NativeFloats takeNativeFloats() {
    int length = takeInt();
    if (length < 1 || length > Integer.MAX_VALUE / Float.BYTES) {
      throw malformed("there cannot be " + length + " floats");
    }
    try {
      MemorySegment _ = receiver.receive((long) length * Float.BYTES, this::allocate);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return floats.getLast();
  }

  private MemorySegment allocate(long bytes) {
    NativeFloats values = NativeFloats.allocate(bytes / Float.BYTES);
    floats.add(values);
    return values.segment();
  }

  <T> List<T> takeAll(Function<FrameReader, T> element) {
    int count = takeCount(1);
    if (count > MAX_ELEMENTS) {
      throw malformed("a list of " + count + " elements; at most " + MAX_ELEMENTS + " are allowed");
    }
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
