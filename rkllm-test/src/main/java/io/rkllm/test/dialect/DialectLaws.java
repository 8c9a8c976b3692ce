package io.rkllm.test.dialect;

import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.event.ChatEvent.Finished;
import io.rkllm.tools.event.ChatEvent.TextDelta;
import io.rkllm.tools.event.ChatEvent.ToolCallCompleted;
import io.rkllm.tools.parser.ChatParser;
import io.rkllm.tools.parser.Dialect;
import io.rkllm.tools.parser.ParserOptions;
import io.rkllm.tools.parser.ThinkingTags;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;

/**
 * Checks the laws that hold for every dialect of tool calls, with random calls and answers:
 *
 * <ol>
 *   <li>What the dialect {@linkplain Dialect#render renders} is read as the same calls, without
 *       repairs; also after text and after thinking, which are unchanged.
 *   <li>A call inside thinking is thinking if the thinking ends. Otherwise it is a call, or
 *       thinking if the dialect does not read calls there.
 *   <li>A call in a fence of code, after other text, is text.
 *   <li>An answer that is cut off has no call that differs from those of the whole answer.
 *   <li>The events of an answer do not depend on how it is split into tokens, except for the
 *       boundaries of deltas.
 *   <li>The concatenated raw parts of the events are exactly the answer. A call starts before its
 *       arguments and is completed or malformed after them, its index counts the calls, its
 *       arguments are a JSON object, and the last event, and no other, reports the end.
 *   <li>Text without tags is passed on at once.
 * </ol>
 *
 * <pre>{@code
 * @Test
 * void dialect_keepsTheLaws() {
 *   DialectLaws.of(new ArrowDialect()).check(1_000);
 * }
 * }</pre>
 *
 * <p>A violation is an {@link AssertionError} that names the law, the answer and a seed. Needs no
 * test framework. Immutable.
 */
public final class DialectLaws {
  private final Dialect dialect;
  private final boolean anyText;
  private final long seed;

  private DialectLaws(Dialect dialect, boolean anyText, long seed) {
    this.dialect = dialect;
    this.anyText = anyText;
    this.seed = seed;
  }

  /** Returns the laws for a dialect, with random numbers that differ each time. */
  public static DialectLaws of(Dialect dialect) {
    return new DialectLaws(dialect, true, RandomGenerator.getDefault().nextLong());
  }

  /**
   * Returns laws whose calls have no tags of the dialect in their strings, for dialects that write
   * strings without escaping and cannot distinguish them from tags.
   */
  public DialectLaws withoutTagsInStrings() {
    return new DialectLaws(dialect, false, seed);
  }

  /** Returns laws that try the same as those that a violation came from. */
  public DialectLaws withSeed(long seed) {
    return new DialectLaws(dialect, anyText, seed);
  }

  /**
   * Checks all of them.
   *
   * @param tries how many calls and how many answers to try
   * @throws AssertionError if one is violated
   */
  public void check(int tries) {
    RandomGeneratorFactory<RandomGenerator> generators =
        RandomGeneratorFactory.of("L64X128MixRandom");
    for (int i = 0; i < tries; i++) {
      Samples samples = new Samples(generators.create(seed + i), dialect, anyText);
      String answer = "";
      try {
        List<SampleCall> calls = samples.calls();
        answer = render(calls);
        rendered(samples, calls, answer);
        answer = samples.rendered();
        elsewhere(samples, answer);
        answer = samples.answer();
        any(samples, answer);
      } catch (RuntimeException | AssertionError violation) {
        throw new AssertionError(
            "Dialect %s, seed %d: %s%nThe answer was:%n%s"
                .formatted(dialect.name(), seed + i, violation.getMessage(), answer),
            violation);
      }
    }
  }

  private String render(List<SampleCall> calls) {
    return dialect.render(calls.stream().map(SampleCall::call).toList());
  }

  // ---- What the dialect has rendered

  private void rendered(Samples samples, List<SampleCall> calls, String rendered) {
    ParserOptions options = options(calls);
    List<ChatEvent> events = ChatParser.parse(options, rendered);
    EventLaws.assertSound(rendered, events);
    check("what it renders has no text", EventLaws.text(events).isEmpty());
    same("what it renders is read as the same calls", told(calls), calls(events));
    check("what it renders needs no repair", EventLaws.repairs(events).isEmpty());

    String text = samples.prose() + "\n";
    List<ChatEvent> behindText = cut(options, text + rendered, samples);
    same("text before calls is text", text, EventLaws.text(behindText));
    same("calls behind text are calls", told(calls), calls(behindText));

    dialect.thinkingTags().stream()
        .findFirst()
        .ifPresent(
            tags -> {
              String thought = tags.opener() + "\nHm.\n" + tags.closer() + "\n\n" + rendered;
              same(
                  "calls behind thinking are calls",
                  told(calls),
                  calls(cut(options, thought, samples)));
            });

    int end = samples.below(rendered.length());
    List<Map.Entry<String, Map<String, Object>>> cutOff =
        calls(ChatParser.parse(options, rendered.substring(0, end)));
    same(
        "an answer that breaks off at " + end + " calls what the whole one does",
        told(calls).subList(0, Math.min(calls.size(), cutOff.size())),
        cutOff);
  }

  // ---- A call inside thinking or code

  private void elsewhere(Samples samples, String call) {
    ParserOptions options = samples.plainOptions();
    ThinkingTags tags = dialect.thinkingTags().isEmpty() ? null : dialect.thinkingTags().getFirst();
    if (tags != null) {
      String thought = "Hm.\n" + call + "\n";
      List<ChatEvent> ended =
          cut(options, tags.opener() + thought + tags.closer() + "Yes.", samples);
      same("a call inside thinking that ends is thinking", thought, EventLaws.thinking(ended));
      same("text behind thinking is text", "Yes.", EventLaws.text(ended));

      var open = calls(cut(options, tags.opener() + thought, samples));
      check(
          "a call inside thinking that does not end is read as outside of it, or not at all",
          open.isEmpty() || open.equals(calls(ChatParser.parse(options, call))));
    }
    if (!call.contains("```")) { // a fence in the call would end the one around it
      String answer = "See:\n```\nx\n" + call + "\n```\nThat is all.";
      check(
          "a call in code is text",
          cut(options, answer, samples).stream()
              .allMatch(event -> event instanceof TextDelta || event instanceof Finished));
    }
  }

  private ParserOptions options(List<SampleCall> calls) {
    Map<String, ToolDeclaration> tools =
        calls.stream()
            .collect(
                Collectors.toMap(
                    call -> call.call().name(), SampleCall::declaration, SampleCall::merge));
    return ParserOptions.builder().dialect(dialect).tools(List.copyOf(tools.values())).build();
  }

  private static List<Map.Entry<String, Map<String, Object>>> told(List<SampleCall> calls) {
    return calls.stream().map(call -> Map.entry(call.call().name(), call.arguments())).toList();
  }

  @SuppressWarnings("NullAway") // maps may have null values, which the type cannot say everywhere
  private static List<Map.Entry<String, Map<String, Object>>> calls(List<ChatEvent> events) {
    return events.stream()
        .filter(ToolCallCompleted.class::isInstance)
        .map(ToolCallCompleted.class::cast)
        .map(done -> Map.entry(done.call().name(), done.argumentsAsMap()))
        .toList();
  }

  // ---- Any answer

  private void any(Samples samples, String answer) {
    ParserOptions options = samples.options();
    List<ChatEvent> whole = ChatParser.parse(options, answer);
    EventLaws.assertSound(answer, whole);
    List<ChatEvent> pieces = cut(options, answer, samples);
    EventLaws.assertSound(answer, pieces);
    same("cuts make no difference", EventLaws.joined(whole), EventLaws.joined(pieces));

    String prose = samples.prose();
    StringBuilder text = new StringBuilder();
    new ChatParser(
            options.toBuilder().startsInThinking(false).build(),
            event -> {
              if (event instanceof TextDelta delta) {
                text.append(delta.text());
              }
            })
        .push("." + prose);
    same("text without tags is passed on at once", "." + prose, text.toString());
  }

  private static List<ChatEvent> cut(ParserOptions options, String answer, Samples samples) {
    return EventLaws.parse(options, samples.pieces(answer));
  }

  static void check(String law, boolean kept) {
    if (!kept) {
      throw new AssertionError("violated: " + law);
    }
  }

  static void same(String law, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError(
          "violated: %s%nexpected: %s%nwas:      %s".formatted(law, expected, actual));
    }
  }

  /** A call, and its arguments as a tree. */
  record SampleCall(ToolCall call, Map<String, Object> arguments, ToolDeclaration declaration) {
    /** Returns the first declaration, since the samples give each tool one schema. */
    static ToolDeclaration merge(ToolDeclaration first, ToolDeclaration second) {
      return first;
    }
  }
}
