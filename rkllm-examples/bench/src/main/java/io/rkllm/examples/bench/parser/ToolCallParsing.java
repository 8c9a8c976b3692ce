package io.rkllm.examples.bench.parser;

import io.rkllm.examples.bench.Effort;
import io.rkllm.examples.bench.Jmh;
import io.rkllm.examples.bench.Measure;
import io.rkllm.examples.bench.Table;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.runner.RunnerException;

/**
 * The parser of tool calls, given one character at a time, compared with the documented regular
 * expression, which is run again over the whole text each time: the cost of a character, and the
 * growth of the time when an answer is ten times as long.
 */
public final class ToolCallParsing implements Measure {
  /** The contents of answers; see {@link ParserBenchmark#kind}. */
  private static final List<String> KINDS =
      List.of("one-call", "words", "many-calls", "false-starts");

  /**
   * The maximum length for the expression in thousands of characters; longer texts take minutes.
   */
  private static final int QUADRATIC = 10;

  @Override
  public void run(Effort effort, Table table) throws RunnerException {
    table.heading("tool-call parser, an answer in one-character tokens", "ns a character");
    for (String kind : KINDS.subList(0, effort.of(1, 4))) {
      int longest = Math.max(QUADRATIC, effort.of(100, 1_000));
      double growth = grow(effort, table, "rkllm for Java", "parse", kind, longest);
      table.atMost(15, growth, "× the time for each 10 × of text");
      grow(effort, table, "expression at each token", "match", kind, QUADRATIC);
    }
  }

  /**
   * Measures at 1, 10, 100, … thousand characters, and returns the average factor by which the time
   * grows for ten times as many.
   */
  private static double grow(
      Effort effort, Table table, String who, String method, String kind, int thousands)
      throws RunnerException {
    double growth = 1;
    double before = 0;
    int steps = 0;
    for (int length = 1_000; length <= thousands * 1_000; length *= 10) {
      Map<String, String> params = Map.of("kind", kind, "length", String.valueOf(length));
      double nanos = Jmh.nanos(effort, ParserBenchmark.class, method, params);
      String remark = "";
      if (before > 0) {
        growth *= nanos / before;
        steps++;
        remark = "%.1f × the time of a tenth".formatted(nanos / before);
      }
      table.line("%s: %s, %,d characters".formatted(who, kind, length), nanos / length, remark);
      before = nanos;
    }
    return Math.pow(growth, 1.0 / steps);
  }
}
