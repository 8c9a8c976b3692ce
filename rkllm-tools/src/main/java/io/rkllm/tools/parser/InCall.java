package io.rkllm.tools.parser;

import io.rkllm.tools.internal.json.MalformedJsonException;
import io.rkllm.tools.parser.CallBlock.Step;
import org.jspecify.annotations.Nullable;

/** The state inside a call. */
final class InCall implements CallState {
  private final CallBlock block;
  private final BegunCall call;
  private final @Nullable String closer;
  private final Brackets brackets;
  private final StringBuilder held = new StringBuilder(); // the closer has begun

  InCall(CallBlock block, BegunCall call, Brackets brackets) {
    this.block = block;
    this.call = call;
    this.brackets = brackets;
    closer = call.form().closer();
  }

  @Override
  public Step accept(char c) {
    brackets.accept(c);
    if (closer == null || (held.isEmpty() && call.reader().inString())) {
      return read(c, 0);
    }
    if (Tags.same(closer.charAt(held.length()), c)) {
      held.append(c);
      return held.length() == closer.length() ? closed() : Step.MORE;
    }
    String text = held.toString();
    held.setLength(0);
    for (int i = 0; i < text.length(); i++) {
      char next = text.charAt(i);
      Step step =
          block.state() == this ? read(next, text.length() - i) : block.state().accept(next);
      if (step != Step.MORE) {
        return step;
      }
    }
    if (block.state() != this) {
      return block.state().accept(c);
    }
    return text.isEmpty() ? read(c, 0) : again(c);
  }

  /** Processes a character after a false start of the closer, since it may begin the closer. */
  private Step again(char c) {
    if (closer != null && !call.reader().inString() && Tags.same(closer.charAt(0), c)) {
      held.append(c);
      return Step.MORE;
    }
    return read(c, 0);
  }

  /**
   * {@code seen}: the number of characters, from this one on, that have been reported to the sink
   * as read.
   */
  private Step read(char c, int seen) {
    try {
      if (call.reader().accept(c)) {
        block.enter(new BehindCall(block, call, null));
      }
      return Step.MORE;
    } catch (MalformedJsonException found) {
      if (isNoCall()) {
        return Step.NO_CALL;
      }
      block.sink().rejected(seen);
      BrokenCall broken = new BrokenCall(block, call, found.reason(), brackets, false);
      block.enter(broken);
      return broken.begin(c);
    }
  }

  private Step closed() {
    Step failed = ended(true);
    return failed == null ? Step.CLOSED : failed;
  }

  /** Returns null if the call is complete. */
  private @Nullable Step ended(boolean terminated) {
    try {
      call.reader().end(terminated);
      return null;
    } catch (MalformedJsonException found) {
      if (isNoCall()) {
        return Step.NO_CALL;
      }
      block.enter(new BrokenCall(block, call, found.reason(), brackets, terminated));
      return Step.CLOSED;
    }
  }

  @Override
  public Step end() {
    Step failed = ended(false);
    if (failed != null) {
      return failed;
    }
    block.enter(new BehindCall(block, call, null));
    return block.state().end();
  }

  @Override
  public Step tooLong(char c) {
    if (isNoCall()) {
      return Step.NO_CALL;
    }
    String reason = "it is longer than " + block.options().maxCallLength() + " characters";
    block.enter(new BrokenCall(block, call, reason, brackets, false));
    return Step.LEFT;
  }

  /** Reports the call, whose closer has come. */
  @Override
  public void finish() {
    block.sink().completed(call.repairs());
  }

  /** Returns whether the block is text if the call is malformed. */
  private boolean isNoCall() {
    return !call.reader().hasStarted() && call.reader().isTentative();
  }

  @Override
  public int giveBack() {
    return 0;
  }
}
