package io.rkllm.ffm;

import io.rkllm.input.NativeFloats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/** Memory that is passed to and from native code by its address. */
final class NativeMemory {
  /**
   * All of the process's, for reading at the addresses that callbacks are given. That allocates
   * nothing, which fits the way of a token.
   */
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  /**
   * How many zero bytes lie behind each struct that native code reads. A release with larger
   * structs than those known here then finds zero in its new members instead of somebody else's
   * memory.
   */
  private static final long MARGIN = 1024;

  /** Nothing lies below: no process may map the first page of memory. */
  private static final long FIRST_ADDRESS = 4096;

  private NativeMemory() {}

  /**
   * Returns an allocator of zeroed memory with {@value #MARGIN} more zero bytes behind each block.
   *
   * @param allocator takes the memory from here
   */
  static SegmentAllocator withMargin(SegmentAllocator allocator) {
    return (size, alignment) ->
        allocator.allocate(size + MARGIN, alignment).fill((byte) 0).asSlice(0, size);
  }

  /**
   * Whether native code can mean memory by this address. A size or a flag that was taken for a
   * pointer, and what is not aligned, is found out here, before a read ends the JVM.
   *
   * @param alignment in bytes, a power of two
   */
  static boolean isPlausible(long address, int alignment) {
    return address >= FIRST_ADDRESS && (address & (alignment - 1)) == 0;
  }

  /**
   * The memory of these floats, for native code to read where it is.
   *
   * @throws IllegalStateException if it is closed: its address alone would not tell
   */
  static MemorySegment open(NativeFloats floats) {
    MemorySegment segment = floats.segment();
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException("the memory of an input is closed; allocate it anew");
    }
    return segment;
  }
}
