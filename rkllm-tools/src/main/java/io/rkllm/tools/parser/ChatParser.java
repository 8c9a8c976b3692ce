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
 * Parses an answer incrementally into text, thinking, and tool calls.
 *
 * <pre>{@code
 * ChatParser parser = new ChatParser(options, event -> …);
 * for (Token token : generation) parser.push(token.text());
 * parser.finish();
 * }</pre>
 *
 * <p>Time is linear in the length of the answer; memory is bounded by {@link
 * ParserOptions#maxCallLength}. Blanks after thinking and tool calls belong to the raw part of the
 * next event, and to no text.
 *
 * <p>A call inside thinking is part of the thinking if the thinking ends, and a call if it does
 * not. After a complete call, thinking is therefore held back until this is decided.
 *
 * <p>Not thread-safe. An instance parses one answer.
 */
public final class ChatParser {
  private final ParserOptions options;
  private final EventWriter events;
  private final Markers outsideThinking;
  private final Markers insideThinking;
  private final Surroundings placeOutside = new Surroundings();
  private final StringBuilder held = new StringBuilder(); // may become a marker
  private Markers markers;
  private Surroundings place;
  private DeltaKind kind;
  private @Nullable CallBlock block; // while in one
  private @Nullable PlainJson plainJson; // while in an object that turned out to be no call
  private @Nullable HeldThinking thinking; // while it may have calls
  private boolean thinkingNeverEnds;
  private boolean skipsBlanks;
  private boolean finished;

  /**
   * Creates a parser that passes its events to a consumer, on the thread that calls {@link #push}.
   */
  public ChatParser(ParserOptions options, Consumer<? super ChatEvent> events) {
    this.options = Check.nonNull("options", options);
    this.events = new EventWriter(Check.nonNull("events", events), options);
    outsideThinking = Markers.of(options.dialect(), options.tools());
    insideThinking = Markers.inThinking(options.dialect());
    kind = options.startsInThinking() ? DeltaKind.THINKING : DeltaKind.TEXT;
    markers = options.startsInThinking() ? insideThinking : outsideThinking;
    place = options.startsInThinking() ? new Surroundings() : placeOutside;
    skipsBlanks = options.startsInThinking();
  }

  /** Returns the events of a whole answer. */
  public static List<ChatEvent> parse(ParserOptions options, String answer) {
    List<ChatEvent> events = new ArrayList<>();
    ChatParser parser = new ChatParser(options, events::add);
    parser.push(answer);
    parser.finish();
    return events;
  }

  /**
   * Parses the next part of the answer, which may be empty. Text that cannot be part of a tag or a
   * tool call has been emitted when this method returns.
   *
   * @throws IllegalStateException after {@link #finish}
   */
  public void push(String text) {
    refuseFinished();
    accept(text);
    events.flush();
  }

  /**
   * Ends the answer: emits the text that was held back, and then {@link ChatEvent.Finished}.
   *
   * @throws IllegalStateException after {@code finish}
   */
  public void finish() {
    refuseFinished();
    finished = true;
    resolveAll();
    while (thinking != null || block != null) { // text of a rejected call may begin another
      if (thinking != null) {
        endHeldThinking(thinking);
      }
      if (block != null && block.end() == CallBlock.Step.NO_CALL) {
        unreadCall();
      } else if (block != null) {
        endBlock(block);
      }
      resolveAll();
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
    } else if (held.isEmpty() && !markers.mayBeginWith(c, place.atLineStart())) {
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
    place.accept(c);
    if (skipsBlanks && Surroundings.isBlank(c)) {
      events.skip(kind, c);
      return;
    }
    skipsBlanks = false;
    if (thinking == null) {
      events.readText(kind, c);
      return;
    }
    thinking.accept(c);
    if (thinking.isOver()) {
      releaseThinking(thinking);
    }
  }

  private void text(String text) {
    for (int i = 0; i < text.length(); i++) {
      text(text.charAt(i));
    }
  }

  private void resolveAll() {
    while (!held.isEmpty() && block == null) {
      resolveHeld(true);
    }
  }

  /**
   * Resolves the text that is held back, as far as possible; if the answer has ended, all of it.
   */
  private void resolveHeld(boolean ended) {
    while (!held.isEmpty()) {
      if (!ended && markers.mayBecomeMarker(held, place)) {
        return;
      }
      Marker marker = markers.longestAt(held, place);
      if (marker == null) {
        char first = held.charAt(0);
        held.deleteCharAt(0);
        text(first);
        continue;
      }
      int length = marker.text().length();
      boolean doubtful = isDoubtful(marker);
      if (doubtful && held.length() == length && !ended) {
        return;
      }
      boolean isText =
          doubtful && held.length() > length && place.isTalkedAbout(held.charAt(length));
      String behind = held.substring(length);
      held.setLength(0);
      if (isText) {
        text(marker.text());
      } else {
        take(marker);
      }
      accept(behind);
      return;
    }
  }

  /** Returns whether it depends on the next character if a tag is meant, or only talked about. */
  private boolean isDoubtful(Marker marker) {
    return switch (marker.kind()) {
      case THINKING, END_OF_THINKING -> place.mayBeTalkedAbout(kind == DeltaKind.THINKING);
      case CONTROL_TOKEN -> place.mayBeQuoted();
      case CALL -> false;
    };
  }

  private void take(Marker marker) {
    switch (marker.kind()) {
      case CALL -> {
        if (kind == DeltaKind.THINKING && !thinkingNeverEnds) {
          hold(marker);
        } else {
          beginBlock(marker);
        }
      }
      case CONTROL_TOKEN -> {
        events.flush();
        events.skip(kind, marker.text());
      }
      case THINKING -> {
        if (thinking != null) {
          text(marker.text());
        } else {
          enter(DeltaKind.THINKING, marker);
        }
      }
      case END_OF_THINKING -> {
        if (thinking != null) {
          releaseThinking(thinking);
        }
        enter(DeltaKind.TEXT, marker);
      }
    }
  }

  private void enter(DeltaKind entered, Marker tag) {
    events.flush();
    events.skip(kind, tag.text());
    kind = entered;
    markers = entered == DeltaKind.THINKING ? insideThinking : outsideThinking;
    skipsBlanks = true;
    place = entered == DeltaKind.THINKING ? new Surroundings() : placeOutside;
    place.restart();
  }

  // ---- Calls inside of thinking

  private void hold(Marker opener) {
    skipsBlanks = false;
    if (thinking == null) {
      thinking = new HeldThinking(options);
    }
    for (int i = 0; i < opener.text().length(); i++) {
      place.accept(opener.text().charAt(i));
    }
    thinking.acceptOpener(opener.text(), opener.forms());
    if (thinking.isOver()) {
      releaseThinking(thinking);
    }
  }

  private void releaseThinking(HeldThinking released) {
    thinking = null;
    String text = released.text();
    for (int i = 0; i < text.length(); i++) {
      events.readText(kind, text.charAt(i));
    }
  }

  private void endHeldThinking(HeldThinking ended) {
    if (!ended.end()) {
      releaseThinking(ended);
      return;
    }
    thinking = null;
    thinkingNeverEnds = true;
    place.restart();
    accept(ended.text());
  }

  // ---- Inside a block of calls

  private void beginBlock(Marker marker) {
    CallForm first = marker.forms().getFirst();
    block = new CallBlock(marker.text(), marker.forms(), options, events);
    if (first.openerIsContent()) {
      events.readOpener("");
      accept(marker.text());
    } else {
      events.readOpener(marker.text());
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
      case NEXT -> {
        String next = events.unread(block.giveBack());
        block.finish();
        accept(next);
        accept(c);
      }
      case NO_CALL -> {
        unreadCall();
        accept(c);
      }
    }
  }

  private void endBlock(CallBlock ended) {
    ended.finish();
    block = null;
    skipsBlanks = !ended.endsInText();
    place.restart();
  }

  /**
   * Emits the text of a rejected call. Its opener and any JSON in it are not parsed again, so that
   * a model can answer in JSON; all other text after the opener is.
   */
  private void unreadCall() {
    block = null;
    int openerLength = events.openerLength();
    String text = events.unreadCall();
    int json = openerLength;
    while (json < text.length() && text.charAt(json) != '{' && text.charAt(json) != '[') {
      json++;
    }
    if (json == text.length() && openerLength > 0) {
      text(text.substring(0, openerLength));
      accept(text.substring(openerLength));
      return;
    }
    text(text);
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
