package io.rkllm.tools.parser;

import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.parser.EventWriter.DeltaKind;
import io.rkllm.tools.parser.Markers.Marker;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer while it comes: text, thinking and tool calls.
 *
 * <pre>{@code
 * ChatParser parser = new ChatParser(options, event -> …);
 * for (Token token : generation) parser.push(token.text());
 * parser.finish();
 * }</pre>
 *
 * <p>Time is linear in the length of the answer; memory is bounded by {@link
 * ParserOptions#maxCallLength}. Blanks behind thinking and tool calls are in the raw part of the
 * event that follows, and in no text.
 *
 * <p>Not thread-safe: one answer, one parser, one thread at a time.
 */
public final class ChatParser {
  private final ParserOptions options;
  private final EventWriter events;
  private final Markers outsideThinking;
  private final StringBuilder held = new StringBuilder(); // may become a marker
  private Markers markers;
  private DeltaKind kind;
  private @Nullable CallBlock block; // while in one
  private @Nullable PlainJson plainJson; // while in an object that turned out to be no call
  private boolean atLineStart = true;
  private boolean skipsBlanks;
  private boolean finished;

  /** A parser that gives its events to a consumer, on the thread that pushes. */
  public ChatParser(ParserOptions options, Consumer<? super ChatEvent> events) {
    this.options = Check.nonNull("options", options);
    this.events = new EventWriter(Check.nonNull("events", events), options.callIdPrefix());
    outsideThinking = Markers.of(options.dialect());
    kind = options.startsInThinking() ? DeltaKind.THINKING : DeltaKind.TEXT;
    markers = options.startsInThinking() ? Markers.inThinking() : outsideThinking;
    skipsBlanks = options.startsInThinking();
  }

  /** The events of a whole answer. */
  public static List<ChatEvent> parse(ParserOptions options, String answer) {
    List<ChatEvent> events = new ArrayList<>();
    ChatParser parser = new ChatParser(options, events::add);
    parser.push(answer);
    parser.finish();
    return events;
  }

  /**
   * The next part of the answer; may be empty. What cannot be part of a tag or a tool call has come
   * out as text before this returns.
   *
   * @throws IllegalStateException after {@link #finish}
   */
  public void push(String text) {
    refuseFinished();
    for (int i = 0; i < text.length(); i++) {
      accept(text.charAt(i));
    }
    events.flush();
  }

  /**
   * The answer has ended: what was held back comes out, {@link ChatEvent.Finished} last.
   *
   * @throws IllegalStateException after {@code finish}
   */
  public void finish() {
    refuseFinished();
    finished = true;
    while (!held.isEmpty() && block == null) {
      resolveHeld(true);
    }
    if (block != null) {
      switch (block.end()) {
        case NO_CALL -> unreadCall(block);
        default -> endBlock(block);
      }
    }
    events.finished();
  }

  private void refuseFinished() {
    if (finished) {
      throw new IllegalStateException(
          "this answer has ended; each answer needs a parser of its own");
    }
  }

  private void accept(char c) {
    if (block != null) {
      inBlock(block, c);
    } else if (plainJson != null && inPlainJson(plainJson, c)) {
      text(c);
    } else if (held.isEmpty() && !markers.mayBeginWith(c)) {
      text(c);
    } else {
      held.append(c);
      resolveHeld(false);
    }
  }

  private void accept(String text) {
    for (int i = 0; i < text.length(); i++) {
      accept(text.charAt(i));
    }
  }

  // ---- Outside of calls

  private void text(char c) {
    boolean blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    atLineStart = c == '\n' || (atLineStart && blank);
    if (skipsBlanks && blank) {
      events.skip(kind, c);
    } else {
      skipsBlanks = false;
      events.readText(kind, c);
    }
  }

  /** Decides on what is held back, as far as possible; if the answer has ended, on all of it. */
  private void resolveHeld(boolean ended) {
    while (!held.isEmpty()) {
      if (!ended && markers.mayBecomeMarker(held, atLineStart)) {
        return;
      }
      Marker marker = markers.longestAt(held, atLineStart);
      if (marker != null) {
        String behind = held.substring(marker.text().length());
        held.setLength(0);
        take(marker);
        accept(behind);
        return;
      }
      char first = held.charAt(0);
      held.deleteCharAt(0);
      text(first);
    }
  }

  private void take(Marker marker) {
    if (marker.grammar() != null) {
      beginBlock(marker.grammar());
      return;
    }
    events.flush();
    events.skip(kind, marker.text());
    switch (marker.text()) {
      case Markers.THINK -> inThinking(true);
      case Markers.END_THINK -> inThinking(false);
      default -> {} // a control token
    }
  }

  private void inThinking(boolean thinking) {
    kind = thinking ? DeltaKind.THINKING : DeltaKind.TEXT;
    markers = thinking ? Markers.inThinking() : outsideThinking;
    skipsBlanks = true;
    atLineStart = true;
  }

  // ---- Inside a block of calls

  private void beginBlock(CallGrammar grammar) {
    block = new CallBlock(grammar, options, events);
    if (grammar.openerIsContent()) {
      events.readOpener("");
      inBlock(block, grammar.opener().charAt(0));
    } else {
      events.readOpener(grammar.opener());
    }
  }

  private void inBlock(CallBlock block, char c) {
    switch (block.accept(c)) {
      case MORE -> events.readInBlock(c);
      case CLOSED -> {
        events.readInBlock(c);
        endBlock(block);
      }
      case LEFT -> {
        String behind = events.unread(block.giveBack());
        endBlock(block);
        accept(behind);
        accept(c);
      }
      case NO_CALL -> {
        unreadCall(block);
        accept(c);
      }
    }
  }

  private void endBlock(CallBlock ended) {
    ended.finish();
    block = null;
    skipsBlanks = true;
    atLineStart = true;
  }

  /** What looked like a call is text, and is not looked through again. */
  private void unreadCall(CallBlock ended) {
    block = null;
    String text = events.unreadCall();
    for (int i = 0; i < text.length(); i++) {
      text(text.charAt(i));
    }
    int json = text.length() - ended.contentLength();
    if (json == text.length()) {
      return;
    }
    plainJson = new PlainJson(options.maxCallLength(), options.maxDepth());
    for (int i = json; i < text.length() && plainJson != null; i++) {
      inPlainJson(plainJson, text.charAt(i));
    }
  }

  private boolean inPlainJson(PlainJson json, char c) {
    PlainJson.Step step = json.accept(c);
    if (step != PlainJson.Step.MORE) {
      plainJson = null;
    }
    return step != PlainJson.Step.NONE;
  }
}
