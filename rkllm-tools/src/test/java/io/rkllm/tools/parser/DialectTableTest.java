package io.rkllm.tools.parser;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.tools.event.ChatEvent.MalformedToolCall;
import io.rkllm.tools.event.ChatEvent.ToolCallCompleted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table of {@code docs/dialects.md} that says how much of each dialect is tested. */
class DialectTableTest {
  private static final Path PAGE = Path.of("..", "docs", "dialects.md");

  @Test
  void page_countsOfEachDialect_areThoseOfTheTests() throws IOException {
    List<Answers.Answer> answers = Answers.all();
    String rows =
        Dialects.all().stream()
            .filter(dialect -> !(dialect instanceof ServedDialect))
            .map(dialect -> row(dialect, answers))
            .collect(Collectors.joining("\n"));

    assertThat(Files.readString(PAGE)).contains(rows);
  }

  private static String row(Dialect dialect, List<Answers.Answer> all) {
    List<Answers.Answer> answers =
        all.stream().filter(answer -> answer.dialect().equals(dialect)).toList();
    int calls = 0;
    int malformed = 0;
    for (Answers.Answer answer : answers) {
      ParserOptions options = Answers.OPTIONS.toBuilder().dialect(dialect).build();
      var events = ChatParser.parse(options, answer.text());
      calls += Events.of(events, ToolCallCompleted.class).size();
      malformed += Events.of(events, MalformedToolCall.class).size();
    }
    return "| `%s` | %d | %d | %d | %d |"
        .formatted(dialect, dialect.forms().size(), answers.size(), calls, malformed);
  }
}
