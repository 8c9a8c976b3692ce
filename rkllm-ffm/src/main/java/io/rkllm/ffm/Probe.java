package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What {@code rkllm_createDefaultParam} returns, looked at without knowing its type: it is called
 * as if it returned 256 bytes, more than any release does, into memory that was filled with a
 * pattern; twice, with two patterns, so that what was left untouched shows. Which values stand at
 * which places tells the ABI. Holds no native memory: what it read is copied.
 *
 * @param fits the ABIs under which the values make sense, from the oldest to the newest; those of
 *     releases 1.3.0 and 1.3.1 have the same parameters
 * @param olderThan12 whether {@code top_p} stands where releases before 1.2 had it
 * @param written up to which byte it was written, a hint for people only
 */
record Probe(List<Abi> fits, boolean olderThan12, int written) {
  private static final int SIZE = 256;
  private static final long OLD_TOP_P = 20;
  private static final FunctionDescriptor ANY_STRUCT =
      FunctionDescriptor.of(
          MemoryLayout.structLayout(MemoryLayout.sequenceLayout(SIZE / 8, JAVA_LONG)));

  /** Calls the function at this address. */
  static Probe of(MemorySegment createDefaultParam) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = call(createDefaultParam, arena, (byte) 0xa5);
      MemorySegment two = call(createDefaultParam, arena, (byte) 0x5a);
      List<Abi> fits =
          Abi.ALL.stream()
              .filter(abi -> abi.read(one).plausibleDefaults())
              .filter(abi -> abi.read(one).sameAs(abi.read(two)))
              .toList();
      boolean old =
          one.get(JAVA_FLOAT, OLD_TOP_P) == 0.9f && two.get(JAVA_FLOAT, OLD_TOP_P) == 0.9f;
      return new Probe(fits, old, written(one, two));
    }
  }

  /**
   * Returns whether the values make sense under this ABI and none with another layout of
   * parameters.
   */
  boolean only(Abi abi) {
    return fits.contains(abi) && fits.stream().allMatch(fit -> fit.getClass() == abi.getClass());
  }

  /** What was seen, as the end of a sentence. */
  String describe() {
    if (olderThan12) {
      return "its default parameters are laid out as before release 1.2";
    }
    if (fits.isEmpty()) {
      return "its default parameters fit no known ABI";
    }
    return only(fits.getFirst())
        ? "its default parameters are laid out as in ABI "
            + fits.stream().map(Abi::name).collect(Collectors.joining(" and "))
        : "its default parameters fit ABIs that contradict each other";
  }

  private static MemorySegment call(MemorySegment function, Arena arena, byte pattern) {
    MemorySegment struct = arena.allocate(SIZE, 16).fill(pattern);
    MethodHandle handle = Linker.nativeLinker().downcallHandle(ANY_STRUCT);
    SegmentAllocator allocator = (size, alignment) -> struct;
    try {
      return (MemorySegment) handle.invokeExact(function, allocator);
    } catch (Throwable t) {
      throw Libc.unchecked(t);
    }
  }

  /** Bytes that are equal under both patterns were written. */
  private static int written(MemorySegment one, MemorySegment two) {
    int end = SIZE;
    while (end > 0 && one.get(JAVA_BYTE, end - 1) != two.get(JAVA_BYTE, end - 1)) {
      end--;
    }
    return end;
  }
}
