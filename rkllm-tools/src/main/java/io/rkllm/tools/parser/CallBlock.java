package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.MalformedJsonException;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a block of tool calls, from behind its opener to its closer. What a call ends with belongs
 * to it, so the sink hears of its completion when it is clear that nothing more of it comes.
 */
final class CallBlock {
  private static final int MAX_HEADER = 256;

  private final CallGrammar grammar;
  private final ParserOptions options;
  private final CallSink sink;
  private final StringBuilder header = new StringBuilder();
  private final @Nullable TagMatcher closer;
  private final TagMatcher opener;
  private State state = State.HEADER;
  private @Nullable CallReader call; // being read, or complete and not told of yet
  private Set<Repair> repairs = EnumSet.noneOf(Repair.class);
  private @Nullable String broken; // why the call is none
  private boolean inList;
  private boolean inFence;
  private int length; // characters since the block or the call began
  private int contentLength; // those of them from the first bracket on

  /** What a character means for the block. */
  enum Step {
    /** The block goes on. */
    MORE,
    /** The block ends with this character; {@link #finish} follows. */
    CLOSED,
    /** It has ended before it, and before {@link #giveBack}; {@link #finish} follows. */
    LEFT,
    /** All since the last event is not a call at all, and this character is behind it. */
    NO_CALL
  }

  private enum State {
    HEADER,
    CALL, // inside an object
    CLOSER_IN_CALL, // the closer has begun, and the object has not ended
    AFTER, // behind an object
    BROKEN // skips to the closer
  }

  CallBlock(CallGrammar grammar, ParserOptions options, CallSink sink) {
    this.grammar = grammar;
    this.options = options;
    this.sink = sink;
    opener = new TagMatcher(grammar.opener());
    closer = grammar.closer() == null ? null : new TagMatcher(grammar.closer());
  }

  Step accept(char c) {
    if (++length > options.maxCallLength()) {
      return tooLong();
    }
    Step step =
        switch (state) {
          case HEADER -> inHeader(c);
          case CALL -> inCall(c);
          case CLOSER_IN_CALL -> inCloserOfCall(c);
          case AFTER -> after(c);
          case BROKEN -> skip(c);
        };
    if (step == Step.MORE && (call != null || inList)) {
      contentLength++;
    }
    return step;
  }

  /** How many characters before the current one do not belong to the block either. */
  int giveBack() {
    return switch (state) {
      case AFTER -> closer == null ? 0 : closer.matched();
      case BROKEN -> opener.matched();
      default -> 0;
    };
  }

  /** How many of the characters since the last event are JSON, as far as it came. */
  int contentLength() {
    return contentLength;
  }

  /**
   * The answer has ended inside the block.
   *
   * @return {@code CLOSED}, or {@code NO_CALL}
   */
  Step end() {
    if (state == State.HEADER) {
      return Step.NO_CALL;
    }
    if (state == State.CALL || state == State.CLOSER_IN_CALL) {
      try {
        reader().end(state == State.CLOSER_IN_CALL);
        state = State.AFTER;
      } catch (MalformedJsonException found) {
        if (isNoCall()) {
          return Step.NO_CALL;
        }
        broken = found.reason();
      }
    }
    leave();
    return Step.CLOSED;
  }

  /** Tells of the call that is complete, or of the one that is none. */
  void finish() {
    if (broken != null) {
      sink.malformed(broken);
      broken = null;
    } else if (call != null) {
      sink.completed(repairs);
    }
    call = null;
    repairs = EnumSet.noneOf(Repair.class);
    length = 0;
    contentLength = 0;
  }

  private Step tooLong() {
    if (isNoCall()) {
      return Step.NO_CALL;
    }
    if (state != State.AFTER) {
      broken = "it is longer than " + options.maxCallLength() + " characters";
    }
    return Step.LEFT;
  }

  private boolean isNoCall() {
    return state == State.HEADER
        || (broken == null && grammar.declaredOnly() && call != null && !call.hasStarted());
  }

  // ---- Before an object

  private Step inHeader(char c) {
    if (c == '{' && grammar.isHeader(header)) {
      return begin(c);
    }
    if (c == '[' && !inList && grammar.isHeader(header) && grammar.nameIn(header) == null) {
      inList = true;
      inFence |= header.indexOf("```") >= 0;
      header.setLength(0);
      return Step.MORE;
    }
    header.append(c);
    boolean goesOn = header.length() <= MAX_HEADER && grammar.mayBegin(header);
    return goesOn ? Step.MORE : Step.NO_CALL;
  }

  private Step begin(char c) {
    String name = grammar.nameIn(header);
    inFence |= header.indexOf("```") >= 0;
    call =
        name != null
            ? new NamedCall(name, sink, repairs, options.maxDepth())
            : new CallObject(
                sink, repairs, grammar.declaredOnly() ? options.tools() : null, options.maxDepth());
    state = State.CALL;
    return inCall(c);
  }

  // ---- Inside an object

  private Step inCall(char c) {
    CallReader reader = reader();
    if (closer != null && closer.continuesWith(c) && !reader.inString()) {
      closer.accept(c);
      state = State.CLOSER_IN_CALL;
      return Step.MORE;
    }
    try {
      if (reader.accept(c)) {
        state = State.AFTER;
      }
      return Step.MORE;
    } catch (MalformedJsonException found) {
      return breakOff(found.reason(), c);
    }
  }

  private Step inCloserOfCall(char c) {
    if (closer == null || !closer.continuesWith(c)) {
      return breakOff("a closing tag or the rest of the object should stand where it says " + c, c);
    }
    if (!closer.accept(c)) {
      return Step.MORE;
    }
    try {
      reader().end(true);
    } catch (MalformedJsonException found) {
      if (isNoCall()) {
        return Step.NO_CALL;
      }
      broken = found.reason();
    }
    return Step.CLOSED;
  }

  private CallReader reader() {
    if (call == null) {
      throw new IllegalStateException("no call has begun");
    }
    return call;
  }

  // ---- Behind an object

  private Step after(char c) {
    if (closer != null && closer.continuesWith(c)) {
      return closer.accept(c) ? Step.CLOSED : Step.MORE;
    }
    if (closer != null && closer.matched() > 0) {
      return leave();
    }
    switch (c) {
      case ' ', '\n', '\r', '\t' -> {}
      case ',', ';' -> {
        if (!inList && c == ',') {
          return leave();
        }
      }
      case ']' -> {
        extraIf(!inList);
        inList = false;
      }
      case '}' -> extraIf(true);
      case '`' -> {
        if (!inFence) {
          return leave();
        }
      }
      case '{' -> {
        if (grammar.nameIn(header) != null) {
          return leave();
        }
        finish();
        return begin(c);
      }
      default -> {
        return leave();
      }
    }
    return Step.MORE;
  }

  private void extraIf(boolean extra) {
    if (extra) {
      repairs.add(Repair.EXTRA_BRACE);
    }
  }

  private Step leave() {
    if (closer != null && state == State.AFTER) {
      repairs.add(Repair.MISSING_TAG);
    }
    if (inList) {
      repairs.add(Repair.MISSING_BRACE);
    }
    return Step.LEFT;
  }

  // ---- What is not a call

  private Step breakOff(String reason, char c) {
    if (isNoCall()) {
      return Step.NO_CALL;
    }
    sink.rejected();
    broken = reason;
    state = State.BROKEN;
    return closer == null ? Step.LEFT : skip(c);
  }

  /** To the closer, or to what opens the next block. */
  private Step skip(char c) {
    if (closer != null && closer.accept(c)) {
      return Step.CLOSED;
    }
    boolean another = opener.continuesWith(c) && opener.matched() == grammar.opener().length() - 1;
    if (another) {
      return Step.LEFT;
    }
    opener.accept(c);
    return Step.MORE;
  }
}
