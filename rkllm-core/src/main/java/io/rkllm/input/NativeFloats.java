package io.rkllm.input;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import io.rkllm.internal.check.Check;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Floats outside the Java heap, which native code reads without a copy. They can be filled once and
 * used in any number of runs.
 *
 * <pre>{@code
 * try (NativeFloats image = NativeFloats.allocate(196 * 896)) {
 *   encoder.encode(picture, image.buffer());
 *   model.generate(describe(image)).text();
 * }
 * }</pre>
 *
 * <p>Because native code cannot detect that memory has been freed, only memory of this class is
 * read in place, and it cannot be closed while a run or a model may read it; all other memory is
 * copied. It is unspecified whether a run sees values that are written while it is in progress.
 *
 * <p>Allocating and closing are thread-safe. Threads that access the same floats must synchronize.
 */
public final class NativeFloats implements AutoCloseable {
  private static final long MAX_LENGTH = Integer.MAX_VALUE / Float.BYTES; // limit of FloatBuffer

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
   * Allocates memory for the given number of floats, all zero. It must be closed.
   *
   * @param length the number of floats, in [1, 536870911]
   * @throws IllegalArgumentException if the length is out of range
   */
  public static NativeFloats allocate(long length) {
    checkLength(length);
    Arena arena = Arena.ofShared();
    return new NativeFloats(arena, true, arena.allocate(JAVA_FLOAT, length));
  }

  /** Returns a copy of an array. The garbage collector frees its memory. */
  public static NativeFloats copyOf(float[] values) {
    return copyOf(FloatBuffer.wrap(Check.nonNull("values", values)));
  }

  /**
   * Returns a copy of the remaining floats of a buffer, whose position does not change. The garbage
   * collector frees its memory.
   */
  public static NativeFloats copyOf(FloatBuffer values) {
    MemorySegment source = MemorySegment.ofBuffer(Check.nonNull("values", values));
    long length = source.byteSize() / Float.BYTES;
    checkLength(length);
    Arena arena = Arena.ofAuto();
    // Unlike allocate(), this does not zero the memory first, because all of it is overwritten.
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

  /** Returns the number of floats. */
  public long length() {
    return segment.byteSize() / Float.BYTES;
  }

  /**
   * Returns a buffer of all floats, for reading and writing. Accessing the buffer after {@link
   * #close} throws {@link IllegalStateException}.
   */
  public FloatBuffer buffer() {
    return segment.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /**
   * Returns a memory segment of all floats. Accessing the segment after {@link #close} throws
   * {@link IllegalStateException}.
   */
  public MemorySegment segment() {
    return segment;
  }

  /**
   * Keeps the memory open until the returned lease is closed. Runs do this automatically.
   *
   * @throws IllegalStateException if the memory is closed
   */
  public synchronized Lease keepOpen() {
    if (closed) {
      throw new IllegalStateException("the memory is closed; allocate new memory");
    }
    leases++;
    return new Lease(this);
  }

  private synchronized void release() {
    leases--;
  }

  /**
   * Frees the memory. Has no effect if it is already closed, or if it is a copy, which the garbage
   * collector frees.
   *
   * @throws IllegalStateException if a waiting or running generation uses the memory, or a model
   *     may still read it
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
              + " or models; cancel or close them or wait for their end, then close the memory");
    }
    arena.close(); // throws while native code of the caller accesses it
    closed = true;
  }

  /** Keeps memory open. Closing it more than once has no effect. Thread-safe. */
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
