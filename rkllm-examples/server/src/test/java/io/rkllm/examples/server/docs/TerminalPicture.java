package io.rkllm.examples.server.docs;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a program printed on a terminal, with the times, as an animated SVG. Knows as much of a
 * terminal as the program needs: ends of lines, wrapping, and dim text.
 */
final class TerminalPicture {
  private static final double WIDTH = 8.4; // of a character, in pixels
  private static final double HEIGHT = 19;
  private static final double MARGIN = 16;
  private static final double TITLE = 30;
  private static final double STILL = 4; // seconds for which the end is shown

  private final int columns;
  private final List<Run> runs = new ArrayList<>();
  private int row;
  private int column;
  private boolean dim;

  /** Characters that appeared together in one row. */
  private record Run(double seconds, int row, int column, boolean dim, StringBuilder text) {}

  TerminalPicture(int columns) {
    this.columns = columns;
  }

  /** Adds what was printed at a time since the start. */
  void print(Duration at, String text) {
    double seconds = at.toMillis() / 1000.0;
    Run run = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\033') {
        int end = i + 2;
        while (!Character.isLetter(text.charAt(end))) {
          end++;
        }
        dim = text.charAt(end) == 'm' ? text.startsWith("[2", i + 1) : dim;
        i = end;
        run = null;
      } else if (c == '\n') {
        row++;
        run = null;
      } else if (c == '\r') {
        column = 0;
        run = null;
      } else if (c >= ' ') {
        if (column == columns) {
          row++;
          column = 0;
          run = null;
        }
        if (run == null) {
          run = new Run(seconds, row, column, dim, new StringBuilder());
          runs.add(run);
        }
        run.text().append(c);
        column++;
      }
    }
  }

  /** Returns the picture. Where nothing moves, such as on paper, it shows the end. */
  byte[] svg(String title) {
    double width = 2 * MARGIN + columns * WIDTH;
    double height = TITLE + 2 * MARGIN + (row + 1) * HEIGHT;
    double total = runs.getLast().seconds() + STILL;
    StringBuilder svg = new StringBuilder();
    line(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\""
            + " font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\""
            + " font-size=\"14\" fill=\"#d8dee9\" xml:space=\"preserve\">",
        width,
        height,
        width);
    line(svg, "<title>%s</title>", title);
    line(svg, "<rect width=\"%.0f\" height=\"%.0f\" rx=\"8\" fill=\"#1f242d\"/>", width, height);
    line(svg, "<circle cx=\"18\" cy=\"16\" r=\"5\" fill=\"#bf616a\"/>");
    line(svg, "<circle cx=\"36\" cy=\"16\" r=\"5\" fill=\"#ebcb8b\"/>");
    line(svg, "<circle cx=\"54\" cy=\"16\" r=\"5\" fill=\"#a3be8c\"/>");
    for (Run run : runs) {
      if (!run.text().toString().isBlank()) {
        line(
            svg,
            "<text x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\"%s>%s<animate"
                + " attributeName=\"visibility\" values=\"hidden;visible\" keyTimes=\"0;%.4f\""
                + " calcMode=\"discrete\" dur=\"%.1fs\" repeatCount=\"indefinite\"/></text>",
            MARGIN + run.column() * WIDTH,
            TITLE + MARGIN + (run.row() + 0.7) * HEIGHT,
            run.text().length() * WIDTH,
            run.dim() ? " fill=\"#7b8494\"" : "",
            run.text().toString().replace("&", "&amp;").replace("<", "&lt;"),
            Math.max(run.seconds() / total, 0.0001),
            total);
      }
    }
    return svg.append("</svg>\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void line(StringBuilder svg, String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
