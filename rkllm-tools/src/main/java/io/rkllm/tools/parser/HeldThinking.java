package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.parser.CallBlock.Step;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Thinking from the opener of a tool call on. It is held back because its calls count if the
 * thinking never ends. It is emitted at once unless it contains a complete call.
 */
final class HeldThinking {
  private final ParserOptions options;
  private final StringBuilder text = new StringBuilder();
  private final Calls calls = new Calls();
  private @Nullable CallBlock block;

  /** A sink that records whether there is a call. */
  private static final class Calls implements CallSink {
    private boolean some;

    @Override
    public void started(String name) {}

    @Override
    public void argument(char c) {}

    @Override
    public void rejected(int seen) {}

    @Override
    public void completed(Set<Repair> repairs) {
      some = true;
    }

    @Override
    public void malformed(String reason) {}
  }

  HeldThinking(ParserOptions options) {
    this.options = options;
  }

  /** Takes the opener of a block of calls. */
  void acceptOpener(String opener, List<CallForm> forms) {
    if (block == null) {
      text.append(opener);
      block = new CallBlock(opener, forms, options, calls);
    } else {
      accept(opener);
    }
  }

  void accept(String more) {
    for (int i = 0; i < more.length(); i++) {
      accept(more.charAt(i));
    }
  }

  /** Takes the next character of thinking. */
  void accept(char c) {
    text.append(c);
    if (block != null) {
      Step step = block.accept(c);
      if (step != Step.MORE) {
        end(block, step);
      }
    }
  }

  private void end(CallBlock ended, Step step) {
    if (step != Step.NO_CALL) {
      ended.finish();
    }
    block = null;
  }

  /** Returns whether this is thinking for certain, and need not be held any longer. */
  boolean isOver() {
    return (block == null && !calls.some) || text.length() > options.maxCallLength();
  }

  /** Ends it with the answer; returns whether there is a complete call in it. */
  boolean end() {
    if (block != null) {
      end(block, block.end());
    }
    return calls.some;
  }

  String text() {
    return text.toString();
  }
}
