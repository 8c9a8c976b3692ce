package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.parser.CallBlock.Step;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The state after a complete call: brackets and blanks that belong to it, its closer, or the next
 * call.
 */
final class BehindCall implements CallState {
  private final CallBlock block;
  private final BegunCall call;
  private final @Nullable String closer;
  private final @Nullable String failure; // why the call could not be read
  private final StringBuilder held = new StringBuilder(); // of the closer, or of the next call
  private boolean listEnded;
  private boolean printEnded;
  private boolean nextBegins;

  BehindCall(CallBlock block, BegunCall call, @Nullable String failure) {
    this.block = block;
    this.call = call;
    this.failure = failure;
    closer = call.form().closer();
  }

  @Override
  public Step accept(char c) {
    if (held.isEmpty() && isSeparator(c)) {
      return Step.MORE;
    }
    held.append(c);
    boolean closes = closer != null && Tags.beginsWith(held, closer);
    if (closes) {
      return Step.CLOSED;
    }
    boolean mayClose = closer != null && Tags.isPartOf(held, closer);
    return mayBeNext() || (mayClose && !nextBegins) ? nextBegins ? Step.NEXT : Step.MORE : leave();
  }

  @SuppressWarnings("JdkObsolete") // hitEnd is for streams, and this is one
  private boolean mayBeNext() {
    Pattern next = call.form().syntax().start(false);
    if (next == null || held.length() > CallBlock.MAX_START) {
      return false;
    }
    Matcher match = next.matcher(held);
    nextBegins = match.matches() && block.isCalled(call.form(), CallSyntax.group(match, "name"));
    return nextBegins || match.hitEnd();
  }

  private boolean isSeparator(char c) {
    return switch (c) {
      case ' ', '\n', '\r', '\t', ';' -> true;
      case ',' -> inList();
      case ']' -> {
        extraIf(!inList());
        listEnded = true;
        yield true;
      }
      case '}' -> {
        extraIf(true);
        yield true;
      }
      case ')' -> {
        boolean endsPrint = call.isPrinted() && !printEnded;
        printEnded |= endsPrint;
        yield endsPrint;
      }
      case '`' -> call.inFence() && !"```".equals(closer);
      default -> false;
    };
  }

  private boolean inList() {
    return call.inList() && !listEnded;
  }

  private void extraIf(boolean extra) {
    if (extra) {
      call.repairs().add(Repair.EXTRA_BRACE);
    }
  }

  private Step leave() {
    if (call.form().closerMissing()) {
      call.repairs().add(Repair.MISSING_TAG);
    }
    if (inList() || (call.isPrinted() && !printEnded)) {
      call.repairs().add(Repair.MISSING_BRACE);
    }
    return Step.LEFT;
  }

  @Override
  public Step end() {
    leave();
    return Step.CLOSED;
  }

  /** Ends the block before what is held, none of which belongs to it. */
  @Override
  public Step tooLong(char c) {
    held.append(c);
    return leave();
  }

  @Override
  public void finish() {
    if (failure != null) {
      block.sink().malformed(failure);
    } else {
      block.sink().completed(call.repairs());
    }
    if (nextBegins) {
      block.enter(new BeforeCall(block, List.of(call.form()), false, inList(), call.inFence()));
    }
  }

  /** {@inheritDoc} Does not count the current character. */
  @Override
  public int giveBack() {
    return Math.max(held.length() - 1, 0);
  }
}
