package io.rkllm.tools.parser;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.event.ChatEvent.MalformedToolCall;
import io.rkllm.tools.event.ChatEvent.TextDelta;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text after a call is shown to the user wherever the parser reaches one of its limits. */
class ParserBoundsTest {
  private static final String BEHIND = "~ behind";

  @Property(tries = 6_000)
  void parse_limitReachedAnywhere_showsAllTextBehindTheCall(
      @ForAll("dialects") Dialect dialect,
      @ForAll @IntRange(min = 40, max = 60) int argument,
      @ForAll @IntRange(max = 30) int missing,
      @ForAll("beginningsOfTags") String tag,
      @ForAll @IntRange(min = -30, max = 30) int limit,
      @ForAll @IntRange(min = 1, max = 4) int maxDepth) {
    ToolCall call =
        new ToolCall("call_0", "get_weather", "{\"city\": \"%s\"}".formatted("x".repeat(argument)));
    String rendered = dialect.render(List.of(call));
    String shown = tag + BEHIND;
    String answer = rendered.substring(0, Math.max(1, rendered.length() - missing)) + shown;
    ParserOptions options =
        ParserOptions.builder()
            .dialect(dialect)
            .tools(Set.of("get_weather"))
            .maxCallLength(Math.max(64, answer.length() - shown.length() + limit))
            .maxDepth(maxDepth)
            .build();

    List<ChatEvent> events = ChatParser.parse(options, answer);

    Events.assertSound(answer, events);
    assertThat(visible(events)).endsWith(shown);
  }

  @ParameterizedTest
  @ValueSource(strings = {"</tool_", "", "<", "<tool", "</tool_call"})
  void parse_limitReachedAtAnyCharacter_showsAllTextBehindTheCall(String tag) {
    String call =
        "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": \"%s\"}}".formatted("x".repeat(40));
    String answer = call + tag + BEHIND;
    for (int limit = 64; limit < answer.length(); limit++) {
      List<ChatEvent> events =
          ChatParser.parse(ParserOptions.builder().maxCallLength(limit).build(), answer);

      Events.assertSound(answer, events);
      assertThat(visible(events)).as("limit %d", limit).endsWith(tag + BEHIND);
    }
  }

  private static String visible(List<ChatEvent> events) {
    return events.stream()
        .map(
            event ->
                switch (event) {
                  case TextDelta delta -> delta.text();
                  case MalformedToolCall malformed -> malformed.text();
                  default -> "";
                })
        .collect(Collectors.joining());
  }

  @Provide
  Arbitrary<Dialect> dialects() {
    return Arbitraries.of(Dialects.all());
  }

  /**
   * Beginnings of what may end a block, continue it, or begin another, except for those with a
   * control token, which is not text.
   */
  @Provide
  Arbitrary<String> beginningsOfTags() {
    List<String> tags =
        Dialects.all().stream()
            .flatMap(dialect -> dialect.forms().stream())
            .flatMap(form -> Stream.of(form.opener(), String.valueOf(form.closer())))
            .filter(tag -> tag.length() > 1 && !tag.contains("`"))
            .distinct()
            .toList();
    return Arbitraries.of(tags)
        .flatMap(
            tag ->
                Arbitraries.integers().between(0, tag.length() - 1).map(n -> tag.substring(0, n)))
        .filter(
            text ->
                Dialects.all().stream()
                    .flatMap(dialect -> dialect.controlTokens().stream())
                    .noneMatch(text::contains));
  }
}
