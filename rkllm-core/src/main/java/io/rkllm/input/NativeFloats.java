package io.rkllm.input;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import io.rkllm.internal.check.Check;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Floats outside the Java heap, which native code reads without a copy: fill it once, use it in as
 * many runs as you like.
 *
 * <pre>{@code
 * try (NativeFloats image = NativeFloats.allocate(196 * 896)) {
 *   encoder.encode(picture, image.buffer());
 *   model.generate(describe(image)).text();
 * }
 * }</pre>
 *
 * <p>Native code could not notice if the memory went away under it, so memory of other makers is
 * copied, and this one cannot be closed while a run or a model may read it. What is written to it
 * during a run reaches that run or not.
 *
 * <p>Opening and closing are thread-safe; threads that write to the same floats must synchronize
 * themselves.
 */
public final class NativeFloats implements AutoCloseable {
  private static final long MAX_LENGTH = Integer.MAX_VALUE / Float.BYTES; // what a buffer can hold

  private final Arena arena;
  private final boolean closeable;
  private final MemorySegment segment;
  private int leases; // guarded by this
  private boolean closed; // guarded by this

  private NativeFloats(Arena arena, boolean closeable, MemorySegment segment) {
    this.arena = arena;
    this.closeable = closeable;
    this.segment = segment;
  }

  /**
   * Room for this many floats, all zero, until it is closed.
   *
   * @param length in [1, 536870911]
   * @throws IllegalArgumentException if the length is out of range
   */
  public static NativeFloats allocate(long length) {
    checkLength(length);
    Arena arena = Arena.ofShared();
    return new NativeFloats(arena, true, arena.allocate(JAVA_FLOAT, length));
  }

  /** A copy of an array. Its memory is freed when nothing refers to it any more. */
  public static NativeFloats copyOf(float[] values) {
    return copyOf(FloatBuffer.wrap(Check.nonNull("values", values)));
  }

  /**
   * A copy of what remains in a buffer, whose position stays where it is. Its memory is freed when
   * nothing refers to it any more.
   */
  public static NativeFloats copyOf(FloatBuffer values) {
    MemorySegment source = MemorySegment.ofBuffer(Check.nonNull("values", values));
    long length = source.byteSize() / Float.BYTES;
    checkLength(length);
    Arena arena = Arena.ofAuto();
    // Unlike allocate(), this does not fill with zeros first what is to be overwritten.
    MemorySegment copy =
        arena.allocateFrom(
            JAVA_FLOAT, source, JAVA_FLOAT_UNALIGNED.withOrder(values.order()), 0, length);
    return new NativeFloats(arena, false, copy);
  }

  private static void checkLength(long length) {
    if (length < 1 || length > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "length must be in [1, " + MAX_LENGTH + "] floats, was " + length);
    }
  }

  /** How many floats. */
  public long length() {
    return segment.byteSize() / Float.BYTES;
  }

  /** All of it, to read and write. Using the buffer after {@link #close} throws. */
  public FloatBuffer buffer() {
    return segment.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** All of it as a memory segment. Using the segment after {@link #close} throws. */
  public MemorySegment segment() {
    return segment;
  }

  /**
   * Keeps the memory open until the lease is closed. Runs do this by themselves.
   *
   * @throws IllegalStateException if the memory is closed
   */
  public synchronized Lease keepOpen() {
    if (closed) {
      throw new IllegalStateException("the memory is closed; allocate it anew");
    }
    leases++;
    return new Lease(this);
  }

  private synchronized void release() {
    leases--;
  }

  /**
   * Frees the memory. Harmless when called again, and for copies, which the garbage collector
   * frees.
   *
   * @throws IllegalStateException if a run that uses it waits or runs, or a model may still read it
   */
  @Override
  public synchronized void close() {
    if (closed || !closeable) {
      return;
    }
    if (leases > 0) {
      throw new IllegalStateException(
          "the memory is in use by "
              + leases
              + (leases == 1 ? " run" : " runs")
              + " or models; wait for them to end, cancel or close them, then close the memory");
    }
    arena.close(); // refuses while the caller's own native code holds on to it
    closed = true;
  }

  /** Holds memory open. Closing it again is harmless. Thread-safe. */
  public static final class Lease implements AutoCloseable {
    private final NativeFloats memory; // also keeps a copy reachable
    private boolean closed; // guarded by memory

    private Lease(NativeFloats memory) {
      this.memory = memory;
    }

    @Override
    public void close() {
      synchronized (memory) {
        if (!closed) {
          closed = true;
          memory.release();
        }
      }
    }
  }
}
