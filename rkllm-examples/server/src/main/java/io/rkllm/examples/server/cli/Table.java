package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Terminal;
import java.util.List;

/** Rows of text in columns. */
final class Table {
  private Table() {}

  /** Formats rows. Each row takes one line, whatever the content of its cells. */
  static String of(List<List<String>> told) {
    List<List<String>> rows =
        told.stream().map(row -> row.stream().map(Table::oneLine).toList()).toList();
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        String cell = row.get(column);
        line.append(cell).repeat(' ', width(rows, column) - cell.length() + 3);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static String oneLine(String cell) {
    return Terminal.harmless(cell).replaceAll("[\\n\\t]", " ");
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }
}
