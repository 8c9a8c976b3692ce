package io.rkllm.examples.bench.token;

import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.Effort;
import io.rkllm.examples.bench.Measure;
import io.rkllm.examples.bench.Percentile;
import io.rkllm.examples.bench.StreamModel;
import io.rkllm.examples.bench.Table;
import java.io.IOException;

/**
 * The allocation of a token on the heap in addition to its text: at full speed, and with a reader
 * that is asleep when each token arrives, as on a board.
 */
public final class AllocationCost implements Measure {
  /**
   * The size of a String of five characters and its bytes, on a JVM with compressed class pointers.
   */
  private static final int TEXT = 24 + 24;

  private static final int GOAL = 96;

  @Override
  public void run(Effort effort, Table table) throws IOException {
    table.heading("allocated beyond the text", "bytes a token");
    for (String reader : new String[] {"await", "iterate", "subscribe"}) {
      line(table, reader, "as fast as they come", StreamModel.tokens(8_000), effort.of(50, 1_000));
      line(table, reader, "one every 2 ms", StreamModel.tokens(300, 2), effort.of(3, 30));
    }
  }

  private static void line(Table table, String reader, String pace, String prompt, int runs)
      throws IOException {
    Child child =
        Child.java(
            SdkAllocation.class, StreamModel.library(), StreamModel.path(), prompt, runs, reader);
    double bytes = Percentile.of(50, child.column()) - TEXT;
    table.line("rkllm for Java: %s, %s".formatted(reader, pace), bytes);
    table.atMost(GOAL, bytes, "bytes");
  }
}
