package io.rkllm.examples.bench.embeddings;

import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.NativeFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the creation of an input from rows of embeddings, compared with plain copies of them.
 */
@State(Scope.Benchmark)
@Warmup(iterations = 3, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class EmbeddingBenchmark {
  private static final int WIDTH = 1024;

  /** The number of rows, which have 1024 floats each. */
  @Param({"1", "256"})
  public int rows;

  private float[] array = {};
  private MemorySegment target = MemorySegment.NULL;
  private NativeFloats outside = NativeFloats.allocate(1);

  /** Creates the rows. */
  @Setup
  public void allocate() {
    array = new float[rows * WIDTH];
    target = Arena.global().allocate(ValueLayout.JAVA_FLOAT, array.length);
    outside = NativeFloats.copyOf(array);
  }

  /** Creates an input from memory that native code can read. */
  @Benchmark
  public EmbeddingPrompt nativeFloats() {
    return EmbeddingPrompt.of(outside, WIDTH);
  }

  /** Creates an input from an array, using memory that is kept from one input to the next. */
  @Benchmark
  public EmbeddingPrompt keptFloats() {
    outside.segment().copyFrom(MemorySegment.ofArray(array));
    return EmbeddingPrompt.of(outside, WIDTH);
  }

  /** Creates an input from an array, using newly allocated memory. */
  @Benchmark
  public EmbeddingPrompt floatArray() {
    return EmbeddingPrompt.of(array, WIDTH);
  }

  /** Copies into the same memory each time. */
  @Benchmark
  public MemorySegment memcpy() {
    return target.copyFrom(MemorySegment.ofArray(array));
  }

  /** Copies into newly allocated memory, which is freed by the garbage collector. */
  @Benchmark
  public MemorySegment newMemory() {
    return Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, array);
  }
}
