package io.rkllm.examples.server.docs;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;

/**
 * An animated SVG of the output of a program on a terminal. It supports as much of a terminal as
 * the program uses: line ends, wrapping, and dim text.
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
  private static final class Run {
    final double from;
    final int row;
    final int column;
    final boolean dim;
    final StringBuilder text = new StringBuilder();
    double to = Double.MAX_VALUE; // when the row was erased

    Run(double from, int row, int column, boolean dim) {
      this.from = from;
      this.row = row;
      this.column = column;
      this.dim = dim;
    }
  }

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
        if (text.charAt(end) == 'm') {
          dim = text.startsWith("[2", i + 1);
        } else if (text.charAt(end) == 'K') {
          erase(seconds);
        }
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
          run = new Run(seconds, row, column, dim);
          runs.add(run);
        }
        run.text.append(c);
        column++;
      }
    }
  }

  private void erase(double seconds) {
    for (Run run : runs) {
      if (run.row == row && run.column >= column && run.to > seconds) {
        run.to = seconds;
      }
    }
  }

  /** Returns the picture. Where nothing moves, such as on paper, it shows the end. */
  byte[] svg(String title) {
    double width = 2 * MARGIN + columns * WIDTH;
    double height = TITLE + 2 * MARGIN + (row + 1) * HEIGHT;
    double total = runs.getLast().from + STILL;
    try (Formatter svg = new Formatter(Locale.ROOT)) {
      svg.format(
          "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\""
              + " font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\""
              + " font-size=\"14\" fill=\"#d8dee9\">%n",
          width, height, width);
      svg.format("<title>%s</title>%n", title);
      svg.format(
          "<rect width=\"%.0f\" height=\"%.0f\" rx=\"8\" fill=\"#1f242d\"/>%n", width, height);
      for (int light = 0; light < 3; light++) {
        svg.format("<circle cx=\"%d\" cy=\"16\" r=\"5\" fill=\"#4c566a\"/>%n", 18 + 18 * light);
      }
      for (Run run : runs) {
        boolean stays = run.to > total;
        String text = run.text.toString();
        String shown = text.strip();
        if (!shown.isEmpty()) {
          svg.format(
              "<text x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\"%s%s>%s<animate"
                  + " attributeName=\"visibility\" values=\"hidden;visible%s\""
                  + " keyTimes=\"0;%.4f%s\" calcMode=\"discrete\" dur=\"%.1fs\""
                  + " repeatCount=\"indefinite\"/></text>%n",
              MARGIN + (run.column + text.indexOf(shown)) * WIDTH,
              TITLE + MARGIN + (run.row + 0.7) * HEIGHT,
              shown.length() * WIDTH,
              run.dim ? " fill=\"#7b8494\"" : "",
              stays ? "" : " visibility=\"hidden\"",
              shown.replace("&", "&amp;").replace("<", "&lt;"),
              stays ? "" : ";hidden",
              Math.max(run.from / total, 0.0001),
              stays ? "" : String.format(Locale.ROOT, ";%.4f", run.to / total),
              total);
        }
      }
      return svg.format("</svg>%n").toString().getBytes(StandardCharsets.UTF_8);
    }
  }
}
