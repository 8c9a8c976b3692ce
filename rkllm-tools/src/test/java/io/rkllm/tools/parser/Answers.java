package io.rkllm.tools.parser;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The answers of {@code answers.txt}. */
final class Answers {
  static final ParserOptions OPTIONS =
      ParserOptions.builder()
          .tools(Set.of("get_current_temperature", "get_temperature_date", "search"))
          .build();

  private Answers() {}

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
