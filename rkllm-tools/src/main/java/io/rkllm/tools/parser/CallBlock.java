package io.rkllm.tools.parser;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a block of tool calls, from after its opener to its closer:
 *
 * <pre>
 * BeforeCall ──▶ InCall ──▶ BehindCall ──▶ (the block ends, or BeforeCall of the next call)
 *                  └──▶ BrokenCall ──▶ (the block ends)
 * </pre>
 *
 * <p>The text that ends a call belongs to it, so the completion is reported to the sink only when
 * no more text of the call can follow.
 */
final class CallBlock {
  /** The maximum number of characters before a call, such as a fence and a name. */
  static final int MAX_START = 256;

  private final String opener;
  private final ParserOptions options;
  private final CallSink sink;
  private CallState state;
  private int length; // characters since the block or the call began

  /** The effect of a character on the block. */
  enum Step {
    /** The block continues. */
    MORE,
    /** The block ends with this character; {@link #finish} follows. */
    CLOSED,
    /**
     * The block has ended before this character, and before {@link #giveBack}; {@link #finish}
     * follows.
     */
    LEFT,
    /** The next call has begun with {@link #giveBack}; {@link #finish} follows, and then those. */
    NEXT,
    /** All text since the last event is plain text, and this character follows it. */
    NO_CALL
  }

  CallBlock(String opener, List<CallForm> forms, ParserOptions options, CallSink sink) {
    this.opener = opener;
    this.options = options;
    this.sink = sink;
    state = new BeforeCall(this, forms, true, false, false);
  }

  Step accept(char c) {
    return ++length > options.maxCallLength() ? state.tooLong(c) : state.accept(c);
  }

  /** Returns how many characters before the current one do not belong to the block either. */
  int giveBack() {
    return state.giveBack();
  }

  /** Returns whether the last call was malformed and ended without its closer. */
  boolean endsInText() {
    return state instanceof BrokenCall broken && !broken.isClosed();
  }

  /** Ends the block with the answer; returns {@code CLOSED}, or {@code NO_CALL}. */
  Step end() {
    return state.end();
  }

  /** Reports the complete or malformed call to the sink. */
  void finish() {
    state.finish();
    length = 0;
  }

  // ---- For the states

  void enter(CallState next) {
    state = next;
  }

  CallState state() {
    return state;
  }

  String opener() {
    return opener;
  }

  ParserOptions options() {
    return options;
  }

  CallSink sink() {
    return sink;
  }

  boolean isCalled(CallForm form, @Nullable String name) {
    return name == null
        || options.tools().contains(name)
        || (!form.declaredOnly() && !form.syntax().isAroundCalls(name));
  }
}
