package io.rkllm.tools.parser;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.event.ChatEvent.ArgumentsDelta;
import io.rkllm.tools.event.ChatEvent.Finished;
import io.rkllm.tools.event.ChatEvent.MalformedToolCall;
import io.rkllm.tools.event.ChatEvent.TextDelta;
import io.rkllm.tools.event.ChatEvent.ThinkingDelta;
import io.rkllm.tools.event.ChatEvent.ToolCallCompleted;
import io.rkllm.tools.event.ChatEvent.ToolCallStarted;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Queries and checks of lists of events. */
final class Events {
  private Events() {}

  static String raw(List<ChatEvent> events) {
    return events.stream().map(ChatEvent::raw).collect(Collectors.joining());
  }

  static String text(List<ChatEvent> events) {
    return of(events, TextDelta.class).stream().map(TextDelta::text).collect(Collectors.joining());
  }

  static String thinking(List<ChatEvent> events) {
    return of(events, ThinkingDelta.class).stream()
        .map(ThinkingDelta::text)
        .collect(Collectors.joining());
  }

  static List<ToolCall> calls(List<ChatEvent> events) {
    return of(events, ToolCallCompleted.class).stream().map(ToolCallCompleted::call).toList();
  }

  static <E extends ChatEvent> List<E> of(List<ChatEvent> events, Class<E> type) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** The events when an answer comes in pieces that end at these places. */
  static List<ChatEvent> parse(ParserOptions options, String answer, List<Integer> cuts) {
    List<ChatEvent> events = new ArrayList<>();
    ChatParser parser = new ChatParser(options, events::add);
    int from = 0;
    for (int cut : cuts) {
      int to = Math.clamp(cut, from, answer.length());
      parser.push(answer.substring(from, to));
      from = to;
    }
    parser.push(answer.substring(from));
    parser.finish();
    return events;
  }

  /** Neighbouring deltas of a kind made into one. */
  static List<ChatEvent> joined(List<ChatEvent> events) {
    List<ChatEvent> joined = new ArrayList<>();
    for (ChatEvent event : events) {
      ChatEvent last = joined.isEmpty() ? new Finished("") : joined.getLast();
      ChatEvent both =
          switch (event) {
            case TextDelta b when last instanceof TextDelta a ->
                new TextDelta(a.text() + b.text(), a.raw() + b.raw());
            case ThinkingDelta b when last instanceof ThinkingDelta a ->
                new ThinkingDelta(a.text() + b.text(), a.raw() + b.raw());
            case ArgumentsDelta b when last instanceof ArgumentsDelta a ->
                new ArgumentsDelta(b.index(), a.json() + b.json(), a.raw() + b.raw());
            default -> null;
          };
      if (both == null) {
        joined.add(event);
      } else {
        joined.set(joined.size() - 1, both);
      }
    }
    return joined;
  }

  /** Checks the properties that hold for the events of any answer. */
  static void assertSound(String answer, List<ChatEvent> events) {
    assertThat(raw(events)).isEqualTo(answer);
    assertThat(events.getLast()).isInstanceOf(Finished.class);
    Map<Integer, StringBuilder> open = new HashMap<>();
    int next = 0;
    for (ChatEvent event : events) {
      switch (event) {
        case TextDelta delta -> assertThat(delta.text()).isNotEmpty();
        case ThinkingDelta delta -> assertThat(delta.text()).isNotEmpty();
        case ToolCallStarted started -> {
          assertThat(started.index()).isEqualTo(next);
          assertThat(open).isEmpty();
          open.put(next, new StringBuilder());
        }
        case ArgumentsDelta delta -> {
          assertThat(delta.json()).isNotEmpty();
          open.get(delta.index()).append(delta.json());
        }
        case ToolCallCompleted completed -> {
          assertThat(open.remove(next)).hasToString(completed.call().arguments());
          assertThat(completed.index()).isEqualTo(next++);
          assertThat(completed.argumentsAsMap()).isNotNull();
        }
        case MalformedToolCall malformed -> {
          assertThat(malformed.index()).isEqualTo(next);
          assertThat(answer).contains(malformed.text());
          open.remove(next++);
        }
        case Finished _ -> assertThat(event).isSameAs(events.getLast());
      }
    }
    assertThat(open).isEmpty();
  }
}
