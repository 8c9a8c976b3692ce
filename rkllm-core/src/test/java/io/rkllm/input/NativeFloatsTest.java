package io.rkllm.input;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The lifetime of memory outside the heap. LeaseTest tests the memory of runs. */
class NativeFloatsTest {

  @Test
  void allocate_isZero_andOneMemoryByBufferAndSegment() {
    try (NativeFloats floats = NativeFloats.allocate(5)) {
      assertThat(floats.length()).isEqualTo(5);
      assertThat(floats.segment().toArray(ValueLayout.JAVA_FLOAT)).containsOnly(0);
      floats.buffer().put(3, 1.5f);
      assertThat(floats.segment().getAtIndex(ValueLayout.JAVA_FLOAT, 3)).isEqualTo(1.5f);
    }
  }

  @Test
  void copyOf_buffer_takesWhatRemains_andLeavesItsPosition() {
    FloatBuffer source = FloatBuffer.wrap(new float[] {1, 2, 3, 4}).position(1).limit(3);
    NativeFloats copy = NativeFloats.copyOf(source);
    source.put(1, 9);

    assertThat(copy.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(2, 3);
    assertThat(source.position()).isEqualTo(1);
    assertThat(source.limit()).isEqualTo(3);
  }

  @Test
  void copyOf_bufferOfAnyMakerAndByteOrder_holdsItsValues() {
    ByteBuffer bytes = ByteBuffer.allocate(13).position(1); // not aligned for floats
    FloatBuffer foreign = bytes.slice().order(ByteOrder.BIG_ENDIAN).asFloatBuffer();
    FloatBuffer own = ByteBuffer.allocateDirect(12).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    for (FloatBuffer buffer : List.of(foreign, own)) {
      buffer.put(0, 1.5f).put(1, -2).put(2, Float.MIN_VALUE);
      for (FloatBuffer source : List.of(buffer, buffer.asReadOnlyBuffer())) {
        assertThat(NativeFloats.copyOf(source).segment().toArray(ValueLayout.JAVA_FLOAT))
            .containsExactly(1.5f, -2, Float.MIN_VALUE);
      }
    }
  }

  @Test
  void close_thenUse_throws_insteadOfReadingFreedMemory() {
    NativeFloats floats = NativeFloats.allocate(5);
    FloatBuffer buffer = floats.buffer();
    floats.close();
    floats.close(); // has no effect

    assertThatThrownBy(() -> buffer.get(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> floats.segment().get(ValueLayout.JAVA_FLOAT, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(floats::keepOpen)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("closed", "allocate new memory");
    assertThat(floats.length()).isEqualTo(5);
  }

  @Test
  void close_whileHeldOpen_isRefusedUntilTheLastLeaseIsClosed() {
    NativeFloats floats = NativeFloats.allocate(5);
    NativeFloats.Lease first = floats.keepOpen();
    NativeFloats.Lease second = floats.keepOpen();

    assertThatThrownBy(floats::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("2 runs", "wait for their end");
    first.close();
    first.close(); // counts only once
    assertThatThrownBy(floats::close).hasMessageContaining("1 run ");
    floats.buffer().put(0, 1); // usable after a rejected close
    second.close();
    assertThatCode(floats::close).doesNotThrowAnyException();
  }

  @Test
  void close_ofACopy_isHarmless_alsoWhileHeldOpen() {
    NativeFloats copy = NativeFloats.copyOf(new float[] {1, 2});
    try (NativeFloats.Lease lease = copy.keepOpen()) {
      copy.close();
      assertThat(lease).isNotNull();
    }
    copy.close();

    assertThat(copy.buffer().get(1)).isEqualTo(2);
    assertThatCode(() -> copy.keepOpen().close()).doesNotThrowAnyException();
  }

  private final NativeFloats sorted = NativeFloats.allocate(2);
  private int closed;

  /** A comparator of C's {@code qsort}, which closes the memory that is being sorted. */
  int closeAndCompare(MemorySegment first, MemorySegment second) {
    assertThatThrownBy(sorted::close).isInstanceOf(IllegalStateException.class);
    closed++;
    return 0;
  }

  /** The JDK keeps memory open during a call of native code to which it was passed. */
  @Test
  @SuppressWarnings("restricted")
  void close_duringANativeCallOfTheApplication_throws_andSucceedsAfterwards() throws Throwable {
    Linker linker = Linker.nativeLinker();
    FunctionDescriptor compare = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment comparator =
          linker.upcallStub(
              MethodHandles.lookup().bind(this, "closeAndCompare", compare.toMethodType()),
              compare,
              arena);
      linker
          .downcallHandle(
              linker.defaultLookup().findOrThrow("qsort"),
              FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS))
          .invoke(sorted.segment(), 2L, (long) Float.BYTES, comparator);
    }
    assertThat(closed).isPositive();
    sorted.keepOpen().close(); // still open
    sorted.close();
    assertThatThrownBy(sorted::keepOpen).hasMessageContaining("closed");
  }
}
