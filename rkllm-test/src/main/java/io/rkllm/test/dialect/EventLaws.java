package io.rkllm.test.dialect;

import static io.rkllm.test.dialect.DialectLaws.check;
import static io.rkllm.test.dialect.DialectLaws.same;

import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.event.ChatEvent.ArgumentsDelta;
import io.rkllm.tools.event.ChatEvent.Finished;
import io.rkllm.tools.event.ChatEvent.MalformedToolCall;
import io.rkllm.tools.event.ChatEvent.TextDelta;
import io.rkllm.tools.event.ChatEvent.ThinkingDelta;
import io.rkllm.tools.event.ChatEvent.ToolCallCompleted;
import io.rkllm.tools.event.ChatEvent.ToolCallStarted;
import io.rkllm.tools.event.Repair;
import io.rkllm.tools.parser.ChatParser;
import io.rkllm.tools.parser.ParserOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Checks the properties that the events of every answer have. */
final class EventLaws {
  private EventLaws() {}

  static List<ChatEvent> parse(ParserOptions options, List<String> pieces) {
    List<ChatEvent> events = new ArrayList<>();
    ChatParser parser = new ChatParser(options, events::add);
    pieces.forEach(parser::push);
    parser.finish();
    return events;
  }

  static String text(List<ChatEvent> events) {
    return events.stream()
        .map(event -> event instanceof TextDelta delta ? delta.text() : "")
        .collect(Collectors.joining());
  }

  static String thinking(List<ChatEvent> events) {
    return events.stream()
        .map(event -> event instanceof ThinkingDelta delta ? delta.text() : "")
        .collect(Collectors.joining());
  }

  static Set<Repair> repairs(List<ChatEvent> events) {
    Set<Repair> repairs = new TreeSet<>();
    for (ChatEvent event : events) {
      if (event instanceof ToolCallCompleted completed) {
        repairs.addAll(completed.repairs());
      }
    }
    return repairs;
  }

  static void assertSound(String answer, List<ChatEvent> events) {
    same(
        "the raw parts are the answer",
        answer,
        events.stream().map(ChatEvent::raw).collect(Collectors.joining()));
    StringBuilder arguments = null; // of the call that has started
    int index = 0;
    for (int i = 0; i < events.size(); i++) {
      boolean isLast = i == events.size() - 1;
      check("only the last event indicates the end", isEnd(events.get(i)) == isLast);
      switch (events.get(i)) {
        case TextDelta delta -> check("a delta has text", !delta.text().isEmpty());
        case ThinkingDelta delta -> check("a delta has text", !delta.text().isEmpty());
        case ToolCallStarted started -> {
          same("the index counts the calls", index, started.index());
          check("one call starts after the other", arguments == null);
          arguments = new StringBuilder();
        }
        case ArgumentsDelta delta -> {
          check("arguments follow the start", arguments != null && !delta.json().isEmpty());
          append(arguments, delta.json());
        }
        case ToolCallCompleted completed -> {
          same("the deltas are the arguments", completed.call().arguments(), "" + arguments);
          same("the index counts the calls", index++, completed.index());
          var _ = completed.argumentsAsMap(); // throws if they are no JSON object
          arguments = null;
        }
        case MalformedToolCall malformed -> {
          same("the index counts the calls", index++, malformed.index());
          check("what is malformed is in the answer", answer.contains(malformed.text()));
          arguments = null;
        }
        case Finished _ -> check("a call that has started ends", arguments == null);
      }
    }
  }

  private static boolean isEnd(ChatEvent event) {
    return event instanceof Finished;
  }

  private static void append(@Nullable StringBuilder arguments, String json) {
    if (arguments != null) {
      arguments.append(json);
    }
  }

  /** Merges adjacent deltas of the same kind. */
  static List<ChatEvent> joined(List<ChatEvent> events) {
    List<ChatEvent> joined = new ArrayList<>();
    for (ChatEvent event : events) {
      ChatEvent last = joined.isEmpty() ? new Finished("") : joined.getLast();
      ChatEvent both = both(last, event);
      if (both == null) {
        joined.add(event);
      } else {
        joined.set(joined.size() - 1, both);
      }
    }
    return joined;
  }

  private static @Nullable ChatEvent both(ChatEvent last, ChatEvent event) {
    return switch (event) {
      case TextDelta b when last instanceof TextDelta a ->
          new TextDelta(a.text() + b.text(), a.raw() + b.raw());
      case ThinkingDelta b when last instanceof ThinkingDelta a ->
          new ThinkingDelta(a.text() + b.text(), a.raw() + b.raw());
      case ArgumentsDelta b when last instanceof ArgumentsDelta a ->
          new ArgumentsDelta(b.index(), a.json() + b.json(), a.raw() + b.raw());
      default -> null;
    };
  }
}
