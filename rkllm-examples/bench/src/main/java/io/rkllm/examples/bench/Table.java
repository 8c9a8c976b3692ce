package io.rkllm.examples.bench;

import java.io.PrintStream;
import java.util.Locale;

/**
 * The table of results: a heading for each benchmark, followed by a line for each client, which may
 * be followed by a goal.
 */
public final class Table {
  private final PrintStream out;
  private int goals;
  private int reached;

  Table(PrintStream out) {
    this.out = out;
  }

  /** Adds a heading for a benchmark, with the unit of its results. */
  public void heading(String what, String unit) {
    out.printf(Locale.ROOT, "%n%-54s %14s%n", what, unit);
  }

  /** Adds a result for comparison. */
  public void line(String who, double value) {
    line(who, value, "");
  }

  /** Adds a result with a remark. */
  public void line(String who, double value, String remark) {
    line(who, number(value), remark);
  }

  /** Adds a result that is not a number, or is not available. */
  public void line(String who, String value, String remark) {
    out.println("  %-52s %14s   %s".formatted(who, value, remark).stripTrailing());
    out.flush();
  }

  /** Adds a goal for the preceding result: at most this multiple of another one. */
  public void atMost(double limit, double is, String of) {
    goal(is <= limit, "%s %s, goal ≤ %s".formatted(number(is), of, plain(limit)));
  }

  /** Adds a goal for the preceding result: at least this multiple of another one. */
  public void atLeast(double limit, double is, String of) {
    goal(is >= limit, "%s %s, goal ≥ %s".formatted(number(is), of, plain(limit)));
  }

  private void goal(boolean isReached, String words) {
    goals++;
    reached += isReached ? 1 : 0;
    line("", "", words + (isReached ? " – reached" : " – MISSED"));
  }

  /** Prints the number of goals that were reached. */
  void summary() {
    out.printf(
        "%n%d of %d goals reached. docs/benchmarks.md explains each figure.%n", reached, goals);
  }

  private static String number(double value) {
    double size = Math.abs(value);
    if (size == 0) {
      return "0";
    }
    String format = size >= 1000 ? "%,.0f" : size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f";
    return format.formatted(value);
  }

  private static String plain(double limit) {
    return limit == Math.rint(limit) ? "%.0f".formatted(limit) : Double.toString(limit);
  }
}
