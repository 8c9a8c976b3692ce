package io.rkllm.ffm;

import java.lang.foreign.MemorySegment;

/** The process's memory, for reading at the addresses that native code gives in callbacks. */
final class NativeMemory {
  /** All of it. Allocating nothing, it is fit for the way of a token. */
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private NativeMemory() {}
}
