package io.rkllm.examples.bench.embeddings;

import io.rkllm.examples.bench.Effort;
import io.rkllm.examples.bench.Jmh;
import io.rkllm.examples.bench.Measure;
import io.rkllm.examples.bench.Table;
import java.util.Map;
import org.openjdk.jmh.runner.RunnerException;

/** The cost of creating an input from 1 MB of embeddings, compared with a plain copy. */
public final class EmbeddingInput implements Measure {
  @Override
  public void run(Effort effort, Table table) throws RunnerException {
    double small = nanos(effort, "nativeFloats", 1);
    double large = nanos(effort, "nativeFloats", 256);
    double memcpy = nanos(effort, "memcpy", 256);
    double fresh = nanos(effort, "newMemory", 256);
    double kept = nanos(effort, "keptFloats", 256);
    double array = nanos(effort, "floatArray", 256);

    table.heading("1 MB of embeddings as an input", "ns");
    table.line("rkllm for Java: NativeFloats of 4 kB", small);
    table.line("rkllm for Java: NativeFloats of 1 MB", large);
    table.atMost(2, large / small, "× those of 4 kB");
    table.line("memcpy into the same memory", memcpy);
    table.line("rkllm for Java: float[] into NativeFloats that are kept", kept);
    table.atMost(1.5, kept / memcpy, "× memcpy into the same memory");
    table.line("memcpy into new memory", fresh);
    table.line("rkllm for Java: float[]", array);
    table.atMost(1.5, array / fresh, "× memcpy into new memory");
  }

  private static double nanos(Effort effort, String method, int rows) throws RunnerException {
    return Jmh.nanos(
        effort, EmbeddingBenchmark.class, method, Map.of("rows", String.valueOf(rows)));
  }
}
