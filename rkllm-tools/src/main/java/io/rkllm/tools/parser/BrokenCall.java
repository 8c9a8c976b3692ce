package io.rkllm.tools.parser;

import io.rkllm.tools.parser.CallBlock.Step;
import org.jspecify.annotations.Nullable;

/**
 * The state after malformed text: skips to the closer, to the opener of the next block, or to the
 * matching brackets.
 */
final class BrokenCall implements CallState {
  private final CallBlock block;
  private final BegunCall call;
  private final String reason;
  private final @Nullable TagMatcher closing;
  private final TagMatcher opening;
  private final Brackets brackets;
  private boolean isClosed; // its closer has come

  BrokenCall(CallBlock block, BegunCall call, String reason, Brackets brackets, boolean isClosed) {
    this.block = block;
    this.call = call;
    this.reason = reason;
    this.brackets = brackets;
    this.isClosed = isClosed;
    opening = new TagMatcher(block.opener().isEmpty() ? "\0" : block.opener());
    closing = call.form().closer() == null ? null : new TagMatcher(call.form().closer());
  }

  /** Processes the malformed character, which has already been counted by the brackets. */
  Step begin(char c) {
    if (closing != null) {
      return skip(closing, c);
    }
    return ended();
  }

  /** Ends a malformed call; further calls of a list can still be read. */
  private Step ended() {
    if (!brackets.areClosed()) {
      return Step.MORE;
    }
    if (call.inList()) {
      block.enter(new BehindCall(block, call, reason));
      return Step.MORE;
    }
    return Step.CLOSED;
  }

  @Override
  public Step accept(char c) {
    return closing != null ? skip(closing, c) : skipBrackets(c);
  }

  private Step skip(TagMatcher closing, char c) {
    if (closing.accept(c)) {
      isClosed = true;
      return Step.CLOSED;
    }
    if (opening.completesWith(c)) {
      return Step.LEFT;
    }
    opening.accept(c);
    return Step.MORE;
  }

  private Step skipBrackets(char c) {
    if (block.opener().length() > 1 && opening.completesWith(c)) {
      return Step.LEFT;
    }
    opening.accept(c);
    boolean endsParagraph = brackets.endsParagraph(c);
    brackets.accept(c);
    return endsParagraph ? Step.LEFT : ended();
  }

  @Override
  public Step end() {
    return Step.CLOSED;
  }

  @Override
  public Step tooLong(char c) {
    return Step.LEFT;
  }

  @Override
  public void finish() {
    block.sink().malformed(reason);
  }

  /** Returns whether a closer has ended the block. */
  boolean isClosed() {
    return isClosed;
  }

  @Override
  public int giveBack() {
    return opening.matched();
  }
}
