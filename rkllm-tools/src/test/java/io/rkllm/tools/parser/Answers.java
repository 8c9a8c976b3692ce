package io.rkllm.tools.parser;

import io.rkllm.chat.ToolDeclaration;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** The answers of {@code answers.txt}. */
final class Answers {
  static final ParserOptions OPTIONS =
      ParserOptions.builder()
          .tools(
              List.of(
                  tool("get_current_temperature", "location: string, unit: string"),
                  tool("get_temperature_date", "location: string, date: string"),
                  tool(
                      "search",
                      "query: string, max_results: integer, exact: boolean, tags: array, "
                          + "filter: object, ratio: number, path: string")))
          .build();

  private Answers() {}

  private static ToolDeclaration tool(String name, String parameters) {
    String properties =
        Arrays.stream(parameters.split(", "))
            .map(parameter -> parameter.replaceAll("(\\w+): (\\w+)", "\"$1\": {\"type\": \"$2\"}"))
            .collect(Collectors.joining(", "));
    return new ToolDeclaration(
        name, "", "{\"type\": \"object\", \"properties\": {" + properties + "}}");
  }

  /**
   * One of them.
   *
   * @param expected a line for each event, deltas joined; see the file
   */
  record Answer(Dialect dialect, String title, String text, List<String> expected) {
    @Override
    public String toString() {
      return dialect + ": " + title;
    }
  }

  static List<Answer> all() {
    try (InputStream file =
        Objects.requireNonNull(Answers.class.getResourceAsStream("answers.txt"))) {
      String all = new String(file.readAllBytes(), StandardCharsets.UTF_8);
      return Arrays.stream(all.split("\n=== ")).skip(1).map(Answers::of).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Answer of(String section) {
    int colon = section.indexOf(": ");
    int line = section.indexOf('\n');
    int dashes = section.indexOf("\n---\n");
    String dialect = section.substring(0, colon);
    return new Answer(
        Dialects.all().stream().filter(d -> d.name().equals(dialect)).findFirst().orElseThrow(),
        section.substring(colon + 2, line),
        section.substring(line + 1, dashes),
        section
            .substring(dashes + 5)
            .lines()
            .filter(expected -> !expected.isBlank())
            .map(expected -> expected.replace("\\s", " "))
            .toList());
  }
}
