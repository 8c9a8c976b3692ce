package io.rkllm.ffm;

import io.rkllm.input.NativeFloats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/** Memory that is exchanged with native code by address. */
final class NativeMemory {
  /**
   * All memory of the process, for reading at addresses passed to callbacks. Using it allocates
   * nothing, which matters because it is used for every token.
   */
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  /**
   * The number of zero bytes after each struct that native code reads. A release with larger
   * structs then finds zeros in its additional members instead of unrelated data.
   */
  private static final long MARGIN = 1024;

  /** The lowest valid address: the first page of memory cannot be mapped. */
  private static final long FIRST_ADDRESS = 4096;

  private NativeMemory() {}

  /**
   * Returns an allocator of zeroed memory with {@value #MARGIN} additional zero bytes after each
   * block.
   *
   * @param allocator provides the memory
   */
  static SegmentAllocator withMargin(SegmentAllocator allocator) {
    return (size, alignment) ->
        allocator.allocate(size + MARGIN, alignment).fill((byte) 0).asSlice(0, size);
  }

  /**
   * Returns whether an address can be valid. This detects misaligned addresses, and sizes or flags
   * in place of a pointer, before a read crashes the JVM.
   *
   * @param alignment the alignment in bytes, a power of two
   */
  static boolean isPlausible(long address, int alignment) {
    return address >= FIRST_ADDRESS && (address & (alignment - 1)) == 0;
  }

  /**
   * Returns the memory of floats that native code reads in place.
   *
   * @throws IllegalStateException if the memory is closed, which the address alone would not reveal
   */
  static MemorySegment open(NativeFloats floats) {
    MemorySegment segment = floats.segment();
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException("the memory of an input is closed; allocate new memory");
    }
    return segment;
  }
}
