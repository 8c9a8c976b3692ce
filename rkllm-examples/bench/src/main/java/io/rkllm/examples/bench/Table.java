package io.rkllm.examples.bench;

import java.io.PrintStream;
import java.util.Locale;

/**
 * The one table that is printed: a heading for each measure, a line for each who was measured, and
 * behind a line what was aimed at.
 */
public final class Table {
  private final PrintStream out;
  private int goals;
  private int reached;

  Table(PrintStream out) {
    this.out = out;
  }

  /** A new measure, and the unit of its figures. */
  public void heading(String what, String unit) {
    out.printf(Locale.ROOT, "%n%-54s %14s%n", what, unit);
  }

  /** A figure to compare with. */
  public void line(String who, double value) {
    line(who, value, "");
  }

  /** A figure with a remark. */
  public void line(String who, double value, String remark) {
    line(who, number(value), remark);
  }

  /** A figure that is not a number, or could not be had. */
  public void line(String who, String value, String remark) {
    out.println("  %-52s %14s   %s".formatted(who, value, remark).stripTrailing());
    out.flush();
  }

  /** A goal of the figure above: at most this many of something else. */
  public void atMost(double limit, double is, String of) {
    goal(is <= limit, "%s %s, goal ≤ %s".formatted(number(is), of, plain(limit)));
  }

  /** A goal of the figure above: at least this many of something else. */
  public void atLeast(double limit, double is, String of) {
    goal(is >= limit, "%s %s, goal ≥ %s".formatted(number(is), of, plain(limit)));
  }

  private void goal(boolean isReached, String words) {
    goals++;
    reached += isReached ? 1 : 0;
    line("", "", words + (isReached ? " – reached" : " – MISSED"));
  }

  /** How many of the goals were reached. */
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
