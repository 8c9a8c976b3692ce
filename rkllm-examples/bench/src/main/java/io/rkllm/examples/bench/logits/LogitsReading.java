package io.rkllm.examples.bench.logits;

import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.Effort;
import io.rkllm.examples.bench.Measure;
import io.rkllm.examples.bench.Rounds;
import io.rkllm.examples.bench.StreamModel;
import io.rkllm.examples.bench.Table;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * The cost of reading the logits of 512 tokens × 151,936, 311 MB, to compute a perplexity: the
 * maximum of each row, and the log-softmax of the token that followed. Only the reading is
 * measured, not their generation by the simulator.
 */
public final class LogitsReading implements Measure {
  private static final int TOKENS = 512;
  private static final double BYTES = TOKENS * 151_936.0 * Float.BYTES;

  private static final String C = "C loop, -O2, with expf";
  private static final String COPY = "Java, all copied to float[] first, Math.exp";
  private static final String SDK = "rkllm for Java: Logits, in place";

  @Override
  public void run(Effort effort, Table table) throws IOException {
    int runs = effort.of(3, 20);
    Rounds rounds = new Rounds();
    rounds.add(C, Child.c("logits", arguments(runs)));
    rounds.add(SDK, client(runs, "place"));
    rounds.add(COPY, client(runs, "copy"));
    rounds.run(effort.of(2, 5));
    double allocated = client(2, "place").figures().getLast()[2];

    table.heading("logits of 512 tokens × 151,936: argmax, log-softmax", "ns a logit");
    table.line(C, rounds.best(C, 0));
    table.line(COPY, rounds.best(COPY, 0));
    table.line(SDK, rounds.best(SDK, 0));
    table.atMost(1.5, rounds.best(SDK, 0) / rounds.best(C, 0), "× the C loop");
    table.line("… bytes allocated while it reads 311 MB", allocated);
    table.atMost(0.001, allocated / BYTES, "× the bytes of the logits");
  }

  private static Child client(int runs, String way) {
    return Child.java(
        LogitsClient.class,
        Stream.concat(Arrays.stream(arguments(runs)), Stream.of(way)).toArray());
  }

  private static Object[] arguments(int runs) {
    return new Object[] {
      StreamModel.library(), StreamModel.path().resolveSibling("logits.rkllm"), TOKENS, runs
    };
  }
}
