package io.rkllm.tools.parser;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.event.ChatEvent.ToolCallCompleted;
import io.rkllm.tools.internal.json.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ParserLawsTest {
  private static final ParserOptions OPTIONS =
      ParserOptions.builder().tools(Set.of("get_weather", "f", "send-mail_2")).build();

  /** The parts that outputs are composed of, whole and broken. */
  static final List<String> PARTS =
      List.of(
          "<tool_call>",
          "</tool_call>",
          "<tool_",
          "call>",
          "<think>",
          "</think>",
          "</thi",
          "<",
          "<|python_tag|>",
          "<|eom_id|>",
          "[TOOL_CALLS]",
          "[ARGS]",
          "[",
          "]",
          "functools",
          "functools[",
          "<|tool_call|>",
          "<|/tool_call|>",
          "<｜tool▁calls▁begin｜>",
          "<｜tool▁call▁begin｜>",
          "function<｜tool▁sep｜>",
          "<｜tool▁sep｜>",
          "<｜tool▁call▁end｜>",
          "<｜tool▁calls▁end｜>",
          "```",
          "```json\n",
          "`",
          "{",
          "}",
          ":",
          ",",
          ";",
          "\"",
          "'",
          "\\",
          "\\u00",
          "\\'",
          "\n",
          " ",
          "\t",
          "\u0000",
          "\uD83D",
          "\uDE00",
          "é",
          "日本",
          "\"name\"",
          "name",
          "\"arguments\"",
          "\"parameters\"",
          "\"function\"",
          "\"type\"",
          "\"id\"",
          "\"get_weather\"",
          "\"f\"",
          "f",
          "get_weather",
          "send-mail_2",
          "true",
          "True",
          "None",
          "nul",
          "-1.5e3",
          "12",
          "0.",
          "{}",
          "{\"a\": 1}",
          "<function=f>",
          "<parameter=a>",
          "</parameter>",
          "</function>",
          "<function name=\"f\">",
          "<param name=\"a\">",
          "</param>",
          "<arg_key>a</arg_key>",
          "<arg_value>",
          "</arg_value>",
          "<|tool_call>",
          "call:f",
          "<|\"|>",
          "<tool_call|>",
          "<|channel>thought",
          "<channel|>",
          "[THINK]",
          "[/THINK]",
          "<|action_start|>",
          "<|plugin|>",
          "<|action_end|>",
          "<|tool_call_start|>",
          "<|tool_call_end|>",
          "<|tool_call_begin|>",
          "<|tool_call_argument_begin|>",
          "functions.f:0",
          "<|tool_sep|>",
          "<code>",
          "</code>",
          "**Tool Call:**",
          "tool_call(",
          "print(",
          "print(default_api.get_weather(",
          "<call>",
          "get_weather:0",
          "<|tool_call_section_begin|>",
          "{\\\"a\\\": ",
          "\\\"",
          "f(a=1)",
          "get_weather(",
          "b=",
          "(",
          ")",
          "\"\"\"",
          "'''",
          "r'",
          "# ",
          "/*",
          "“",
          "’",
          "`<tool_call>`",
          "{\"name\": \"f\", \"arguments\": ",
          "{\"name\": \"f\", \"parameters\": {\"a\": [1, {\"b\": \"c\"}]}}",
          "{\"name\": \"other\", \"arguments\": {}}",
          "{'name': 'f', 'arguments': {'a': 'it''s'}}",
          "\"{\\\"a\\\": 1}\"",
          "Hello",
          " world.",
          " ".repeat(600));

  @Property(tries = 2000)
  void parse_answerCutInAnyWay_givesTheSameEvents(
      @ForAll("answers") String answer, @ForAll("cuts") List<Integer> cuts) {
    List<ChatEvent> whole = ChatParser.parse(OPTIONS, answer);
    List<ChatEvent> single =
        Events.parse(OPTIONS, answer, IntStream.rangeClosed(0, answer.length()).boxed().toList());

    assertThat(Events.joined(Events.parse(OPTIONS, answer, cuts))).isEqualTo(Events.joined(whole));
    assertThat(Events.joined(single)).isEqualTo(Events.joined(whole));
  }

  @Property(tries = 2000)
  void parse_anyAnswer_losesNothing(
      @ForAll("answers") String answer, @ForAll("dialects") Dialect dialect) {
    Events.assertSound(
        answer, ChatParser.parse(OPTIONS.toBuilder().dialect(dialect).build(), answer));
  }

  @Property(tries = 1000)
  void parse_whatADialectRendered_givesTheCallsBack(
      @ForAll("renderingDialects") Dialect dialect,
      @ForAll("calls") List<ToolCall> calls,
      @ForAll("cuts") List<Integer> cuts) {
    String rendered = dialect.render(calls);

    for (Dialect reads : List.of(dialect, Dialects.DETECTED)) {
      List<ChatEvent> events =
          Events.parse(OPTIONS.toBuilder().dialect(reads).build(), rendered, cuts);
      Events.assertSound(rendered, events);
      assertThat(Events.calls(events).stream().map(ParserLawsTest::tree))
          .isEqualTo(calls.stream().map(ParserLawsTest::tree).toList());
      assertThat(Events.of(events, ToolCallCompleted.class))
          .allSatisfy(completed -> assertThat(completed.repairs()).isEmpty());
      assertThat(Events.text(events)).isEmpty();
    }
  }

  @Property
  void parse_textBeforeAndBehindACall_isText(
      @ForAll("calls") List<ToolCall> calls,
      @ForAll("words") String before,
      @ForAll("words") String behind) {
    String answer = before + "\n" + Dialects.HERMES.render(calls) + "\n\n" + behind;

    List<ChatEvent> events = ChatParser.parse(OPTIONS, answer);

    assertThat(Events.text(events)).isEqualTo(before + "\n" + behind);
    assertThat(Events.calls(events)).isEqualTo(calls);
  }

  @Property
  void parse_bareObjectThatNamesNoDeclaredTool_isText(
      @ForAll("objects") String arguments, @ForAll("bareDialects") Dialect dialect) {
    String answer = dialect.render(List.of(new ToolCall("call_0", "unheard_of", arguments)));

    List<ChatEvent> events = ChatParser.parse(OPTIONS.toBuilder().dialect(dialect).build(), answer);

    assertThat(Events.joined(events))
        .containsExactly(new ChatEvent.TextDelta(answer, answer), new ChatEvent.Finished(""));
  }

  @Property
  void push_textThatIsNoTag_comesOutAtOnce(@ForAll("words") String text) {
    List<ChatEvent> events = new ArrayList<>();
    ChatParser parser = new ChatParser(OPTIONS, events::add);

    parser.push(text);

    assertThat(Events.text(events)).isEqualTo(text);
  }

  @Provide
  Arbitrary<String> answers() {
    return Arbitraries.of(PARTS).list().ofMaxSize(24).map(parts -> String.join("", parts));
  }

  @Provide
  Arbitrary<List<Integer>> cuts() {
    return Arbitraries.integers()
        .between(0, 200)
        .list()
        .ofMaxSize(20)
        .map(cuts -> cuts.stream().sorted().toList());
  }

  @Provide
  Arbitrary<Dialect> dialects() {
    return Arbitraries.of(Dialects.all());
  }

  /** All that can write any string. */
  @Provide
  Arbitrary<Dialect> renderingDialects() {
    return Arbitraries.of(
        Dialects.all().stream()
            .filter(dialect -> !DialectLawsTest.WRITE_STRINGS_AS_THEY_ARE.contains(dialect))
            .toList());
  }

  private static List<Object> tree(ToolCall call) {
    return List.of(call.id(), call.name(), Json.tree(call.arguments()));
  }

  @Provide
  Arbitrary<Dialect> bareDialects() {
    return Arbitraries.of(Dialects.LLAMA, Dialects.FENCED);
  }

  @Provide
  Arbitrary<String> words() {
    return Arbitraries.of("Well", ", ", "a < b", " é", "日本", "\n", " [1] ", "x", "2 > 1 ", "😀")
        .list()
        .ofMinSize(1)
        .ofMaxSize(12)
        .map(parts -> "." + String.join("", parts) + ".");
  }

  @Provide
  Arbitrary<List<ToolCall>> calls() {
    Arbitrary<String> names = Arbitraries.of(OPTIONS.tools().stream().sorted().toList());
    return net.jqwik.api.Combinators.combine(names, objects())
        .as(List::of)
        .list()
        .ofMinSize(1)
        .ofMaxSize(3)
        .map(
            pairs ->
                IntStream.range(0, pairs.size())
                    .mapToObj(
                        i -> new ToolCall("call_" + i, pairs.get(i).get(0), pairs.get(i).get(1)))
                    .toList());
  }

  /** JSON objects, as Jackson writes them, plain and with blanks. */
  @Provide
  Arbitrary<String> objects() {
    return object(4)
        .flatMap(
            tree ->
                Arbitraries.of(
                    Json.write(tree),
                    Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(tree)));
  }

  private static Arbitrary<Object> object(int depth) {
    return Arbitraries.maps(strings(), value(depth - 1)).ofMaxSize(4).map(map -> map);
  }

  private static Arbitrary<Object> value(int depth) {
    Arbitrary<Object> leaf =
        Arbitraries.oneOf(
            strings().map(text -> text),
            Arbitraries.integers().map(number -> number),
            Arbitraries.bigIntegers().map(BigInteger::toString).map(BigDecimal::new),
            Arbitraries.bigDecimals().map(number -> number),
            Arbitraries.of(true, false).map(bool -> bool),
            Arbitraries.just("").map(_ -> List.of()));
    if (depth == 0) {
      return leaf;
    }
    return Arbitraries.frequencyOf(
        net.jqwik.api.Tuple.of(4, leaf),
        net.jqwik.api.Tuple.of(1, Arbitraries.lazy(() -> object(depth))),
        net.jqwik.api.Tuple.of(
            1, Arbitraries.lazy(() -> value(depth - 1)).list().ofMaxSize(3).map(list -> list)));
  }

  /** Texts that hold tags, braces, quotes, backslashes, and any other character. */
  private static Arbitrary<String> strings() {
    return Arbitraries.frequencyOf(
        net.jqwik.api.Tuple.of(
            2,
            Arbitraries.of(PARTS).list().ofMaxSize(4).map(parts -> clean(String.join("", parts)))),
        net.jqwik.api.Tuple.of(
            1, Arbitraries.strings().ofMaxLength(12).map(ParserLawsTest::clean)));
  }

  /** Removes unpaired surrogates, which are invalid in a tool call. */
  private static String clean(String text) {
    return text.codePoints()
        .filter(c -> c > 0xFFFF || !Character.isSurrogate((char) c))
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
