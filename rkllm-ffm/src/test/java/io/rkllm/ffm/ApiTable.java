package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the tables of {@code docs/c-api.md} whose first column is named {@code C}. */
final class ApiTable {
  static final String YES = "✓";
  static final String NO = "–";

  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  private ApiTable() {}

  /** A row, with its cells by column name. */
  record Row(Map<String, String> cells) {
    String name() {
      List<String> names = names("C");
      assertThat(names).as("names in the first cell of %s", cells).hasSize(1);
      return names.getFirst();
    }

    /** Returns the names in backquotes in a cell. */
    List<String> names(String column) {
      return CODE.matcher(cell(column)).results().map(found -> found.group(1)).toList();
    }

    String cell(String column) {
      return cells.getOrDefault(column, "");
    }

    boolean isIn(Simulator simulator) {
      return cell(simulator.abi).equals(YES);
    }
  }

  static List<Row> rows(String page) {
    List<Row> rows = new ArrayList<>();
    List<String> columns = List.of();
    for (String line : page.lines().toList()) {
      if (!line.startsWith("|")) {
        columns = List.of();
      } else if (columns.isEmpty()) {
        columns = cells(line);
      } else if (columns.getFirst().equals("C") && !line.startsWith("|---")) {
        rows.add(row(columns, cells(line)));
      }
    }
    return rows;
  }

  private static Row row(List<String> columns, List<String> cells) {
    assertThat(cells).hasSameSizeAs(columns);
    Map<String, String> row = new LinkedHashMap<>();
    for (int i = 0; i < cells.size(); i++) {
      row.put(columns.get(i), cells.get(i));
    }
    return new Row(row);
  }

  private static List<String> cells(String line) {
    String inner = line.substring(1, line.lastIndexOf('|'));
    return Stream.of(inner.split("\\|", -1)).map(String::strip).toList();
  }
}
