package io.rkllm.tools.parser;

import io.rkllm.tools.event.ChatEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads an answer while it comes: text, thinking and tool calls.
 *
 * <pre>{@code
 * ChatParser parser = new ChatParser(options, event -> …);
 * for (Token token : generation) parser.push(token.text());
 * parser.finish();
 * }</pre>
 *
 * <p>Not thread-safe: one answer, one parser, one thread at a time.
 */
public final class ChatParser {
  private final Consumer<? super ChatEvent> events;

  /** A parser that gives its events to a consumer, on the thread that pushes. */
  public ChatParser(ParserOptions options, Consumer<? super ChatEvent> events) {
    this.events = events;
  }

  /** The next part of the answer. Text that cannot begin a tag comes out before this returns. */
  public void push(String text) {
    events.accept(new ChatEvent.TextDelta(text, text));
  }

  /** The answer has ended: what was held back comes out, {@link ChatEvent.Finished} last. */
  public void finish() {
    events.accept(new ChatEvent.Finished(""));
  }

  /** The events of a whole answer. */
  public static List<ChatEvent> parse(ParserOptions options, String answer) {
    List<ChatEvent> events = new ArrayList<>();
    ChatParser parser = new ChatParser(options, events::add);
    parser.push(answer);
    parser.finish();
    return events;
  }
}
