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
 * Examines the result of {@code rkllm_createDefaultParam} without knowing its type. The function is
 * called as if it returned 256 bytes, more than in any release, into memory filled with a pattern.
 * It is called twice with different patterns, so that untouched bytes can be recognized. The
 * positions of the values identify the ABI. Holds no native memory; the values are copied.
 *
 * @param fits the ABIs for which the values are plausible, oldest first; the parameters of releases
 *     1.3.0 and 1.3.1 are the same
 * @param olderThan12 whether {@code top_p} is at its position in releases before 1.2
 * @param written the number of bytes that were written, for information only
 */
record Probe(List<Abi> fits, boolean olderThan12, int written) {
  private static final int SIZE = 256;
  private static final long OLD_TOP_P = 20;
  private static final FunctionDescriptor ANY_STRUCT =
      FunctionDescriptor.of(
          MemoryLayout.structLayout(MemoryLayout.sequenceLayout(SIZE / 8, JAVA_LONG)));

  /** Calls the function at the given address. */
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
   * Returns whether the values are plausible for this ABI and for no ABI with a different layout of
   * parameters.
   */
  boolean only(Abi abi) {
    return fits.contains(abi) && fits.stream().allMatch(fit -> fit.getClass() == abi.getClass());
  }

  /** Returns a description of the result, which can end a sentence. */
  String describe() {
    if (olderThan12) {
      return "its default parameters are laid out as before release 1.2";
    }
    if (fits.isEmpty()) {
      return "its default parameters match no known ABI";
    }
    return only(fits.getFirst())
        ? "its default parameters are laid out as in ABI "
            + fits.stream().map(Abi::name).collect(Collectors.joining(" and "))
        : "its default parameters match several incompatible ABIs";
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

  /** Returns the number of bytes written. Bytes that are equal with both patterns were written. */
  private static int written(MemorySegment one, MemorySegment two) {
    int end = SIZE;
    while (end > 0 && one.get(JAVA_BYTE, end - 1) != two.get(JAVA_BYTE, end - 1)) {
      end--;
    }
    return end;
  }
}
