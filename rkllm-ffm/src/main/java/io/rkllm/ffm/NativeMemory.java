package io.rkllm.ffm;

import io.rkllm.input.NativeFloats;
import java.lang.foreign.MemorySegment;

/** Memory that is passed to and from native code by its address. */
final class NativeMemory {
  /**
   * All of the process's, for reading at the addresses that callbacks are given. That allocates
   * nothing, which fits the way of a token.
   */
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private NativeMemory() {}

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
