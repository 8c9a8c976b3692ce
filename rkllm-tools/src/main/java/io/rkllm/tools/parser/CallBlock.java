package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.MalformedJsonException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a block of tool calls, from after its opener to its closer:
 *
 * <pre>
 * Start ──▶ InCall ──▶ Behind ──▶ (the block ends, or Start of the next call)
 *             └──▶ Broken ──▶ (the block ends)
 * </pre>
 *
 * <p>The text that ends a call belongs to it, so the completion is reported to the sink only when
 * no more text of the call can follow.
 */
final class CallBlock {
  private static final int MAX_START = 256;

  private final String opener;
  private final ParserOptions options;
  private final CallSink sink;
  private State state;
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

  /**
   * A call of this block.
   *
   * @param form the form of the call
   * @param reader the reader of the call
   * @param repairs the repairs so far
   * @param inList whether it follows a bracket that opens a list
   * @param inFence whether it follows backticks that open a code fence
   * @param isPrinted whether it is the argument of another function
   */
  private record Call(
      CallForm form,
      CallReader reader,
      Set<Repair> repairs,
      boolean inList,
      boolean inFence,
      boolean isPrinted) {}

  private sealed interface State {
    Step accept(char c);

    /** Ends the answer here and returns {@code CLOSED} or {@code NO_CALL}. */
    Step end();

    /** Returns whether the block would be text if the answer ended here. */
    boolean isNoCall();

    /** Returns how many characters before the current one are not of the call. */
    int giveBack();
  }

  CallBlock(String opener, List<CallForm> forms, ParserOptions options, CallSink sink) {
    this.opener = opener;
    this.options = options;
    this.sink = sink;
    state = new Start(forms, true, false, false);
  }

  Step accept(char c) {
    if (++length > options.maxCallLength()) {
      return tooLong(c);
    }
    return state.accept(c);
  }

  /** Returns how many characters before the current one do not belong to the block either. */
  int giveBack() {
    return state.giveBack();
  }

  /** Returns whether the last call was malformed and ended without its closer. */
  boolean endsInText() {
    return state instanceof Broken broken && !broken.isClosed;
  }

  /** Ends the block with the answer; returns {@code CLOSED}, or {@code NO_CALL}. */
  Step end() {
    return state.end();
  }

  /** Reports the complete or malformed call to the sink. */
  void finish() {
    switch (state) {
      case Broken broken -> sink.malformed(broken.reason);
      case Behind behind -> {
        if (behind.failure != null) {
          sink.malformed(behind.failure);
        } else {
          sink.completed(behind.call.repairs);
        }
        if (behind.nextBegins) {
          Call call = behind.call;
          state = new Start(List.of(call.form), false, behind.inList(), call.inFence);
        }
      }
      case InCall inCall -> sink.completed(inCall.call.repairs); // its closer has come
      case Start _ -> {}
    }
    length = 0;
  }

  private boolean isCalled(CallForm form, @Nullable String name) {
    return name == null
        || options.tools().contains(name)
        || (!form.declaredOnly() && !form.syntax().isAroundCalls(name));
  }

  private Step tooLong(char c) {
    if (state.isNoCall()) {
      return Step.NO_CALL;
    }
    return switch (state) {
      case Behind behind -> behind.leave(c);
      case InCall inCall -> {
        String reason = "it is longer than " + options.maxCallLength() + " characters";
        state = new Broken(inCall.call, reason, inCall.brackets);
        yield Step.LEFT;
      }
      case Broken _, Start _ -> Step.LEFT;
    };
  }

  /** The state before a call. */
  private final class Start implements State {
    private final List<CallForm> forms; // those that what has come may still become
    private final boolean isFirst;
    private final boolean inList;
    private final boolean inFence;
    private final StringBuilder text = new StringBuilder();

    Start(List<CallForm> forms, boolean isFirst, boolean inList, boolean inFence) {
      this.forms = new ArrayList<>(forms);
      this.isFirst = isFirst;
      this.inList = inList;
      this.inFence = inFence;
    }

    @Override
    @SuppressWarnings("JdkObsolete") // hitEnd is for streams, and this is one
    public Step accept(char c) {
      text.append(c);
      for (int i = 0; i < forms.size(); i++) {
        Pattern start = forms.get(i).syntax().start(isFirst);
        if (start == null) {
          forms.remove(i--);
          continue;
        }
        Matcher match = start.matcher(text);
        if (match.matches() && isCalled(forms.get(i), nameIn(forms.get(i), match))) {
          return begin(forms.get(i), match);
        }
        if (!match.hitEnd()) {
          forms.remove(i--);
        }
      }
      return forms.isEmpty() || text.length() > MAX_START ? Step.NO_CALL : Step.MORE;
    }

    private @Nullable String nameIn(CallForm form, Matcher match) {
      return form.openerIsToolName() ? opener : CallSyntax.group(match, "name");
    }

    private Step begin(CallForm form, Matcher match) {
      Set<Repair> repairs = EnumSet.noneOf(Repair.class);
      CallContext context = new CallContext(sink, repairs, options, form.declaredOnly());
      Call begun =
          new Call(
              form,
              form.syntax().open(nameIn(form, match), context),
              repairs,
              inList || CallSyntax.group(match, "list") != null,
              inFence || text.indexOf("```") >= 0,
              CallSyntax.group(match, "print") != null);
      String body = CallSyntax.group(match, "body");
      state = new InCall(begun, new Brackets(body == null ? 1 : 0));
      Step step = Step.MORE;
      for (int i = 0; body != null && i < body.length() && step == Step.MORE; i++) {
        step = state.accept(body.charAt(i));
      }
      return step;
    }

    @Override
    public Step end() {
      return Step.NO_CALL;
    }

    @Override
    public boolean isNoCall() {
      return true;
    }

    @Override
    public int giveBack() {
      return 0;
    }
  }

  /** The state inside a call. */
  private final class InCall implements State {
    private final Call call;
    private final @Nullable String closer;
    private final Brackets brackets;
    private final StringBuilder held = new StringBuilder(); // the closer has begun

    InCall(Call call, Brackets brackets) {
      this.call = call;
      this.brackets = brackets;
      closer = call.form.closer();
    }

    @Override
    public Step accept(char c) {
      brackets.accept(c);
      if (closer == null || (held.isEmpty() && call.reader.inString())) {
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
        Step step = state == this ? read(next, text.length() - i) : state.accept(next);
        if (step != Step.MORE) {
          return step;
        }
      }
      if (state != this) {
        return state.accept(c);
      }
      return text.isEmpty() ? read(c, 0) : again(c);
    }

    /** Processes a character after a false start of the closer, since it may begin the closer. */
    private Step again(char c) {
      if (closer != null && !call.reader.inString() && Tags.same(closer.charAt(0), c)) {
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
        if (call.reader.accept(c)) {
          state = new Behind(call, null);
        }
        return Step.MORE;
      } catch (MalformedJsonException found) {
        if (isNoCall()) {
          return Step.NO_CALL;
        }
        sink.rejected(seen);
        Broken broken = new Broken(call, found.reason(), brackets);
        state = broken;
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
        call.reader.end(terminated);
        return null;
      } catch (MalformedJsonException found) {
        if (isNoCall()) {
          return Step.NO_CALL;
        }
        Broken broken = new Broken(call, found.reason(), brackets);
        broken.isClosed = terminated;
        state = broken;
        return Step.CLOSED;
      }
    }

    @Override
    public Step end() {
      Step failed = ended(false);
      if (failed != null) {
        return failed;
      }
      state = new Behind(call, null);
      return state.end();
    }

    @Override
    public boolean isNoCall() {
      return !call.reader.hasStarted() && call.reader.isTentative();
    }

    @Override
    public int giveBack() {
      return 0;
    }
  }

  /**
   * The state after a complete call: brackets and blanks that belong to it, its closer, or the next
   * call.
   */
  private final class Behind implements State {
    private final Call call;
    private final @Nullable String closer;
    private final @Nullable String failure; // why the call could not be read
    private final StringBuilder held = new StringBuilder(); // of the closer, or of the next call
    private boolean listEnded;
    private boolean printEnded;
    private boolean nextBegins;

    Behind(Call call, @Nullable String failure) {
      this.call = call;
      this.failure = failure;
      closer = call.form.closer();
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
      return mayBeNext() || (mayClose && !nextBegins)
          ? nextBegins ? Step.NEXT : Step.MORE
          : leave();
    }

    @SuppressWarnings("JdkObsolete") // hitEnd is for streams, and this is one
    private boolean mayBeNext() {
      Pattern next = call.form.syntax().start(false);
      if (next == null || held.length() > MAX_START) {
        return false;
      }
      Matcher match = next.matcher(held);
      nextBegins = match.matches() && isCalled(call.form, CallSyntax.group(match, "name"));
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
          boolean endsPrint = call.isPrinted && !printEnded;
          printEnded |= endsPrint;
          yield endsPrint;
        }
        case '`' -> call.inFence && !"```".equals(closer);
        default -> false;
      };
    }

    private boolean inList() {
      return call.inList && !listEnded;
    }

    private void extraIf(boolean extra) {
      if (extra) {
        call.repairs.add(Repair.EXTRA_BRACE);
      }
    }

    /** Ends the block before what is held, none of which belongs to it, and this character. */
    Step leave(char c) {
      held.append(c);
      return leave();
    }

    private Step leave() {
      if (call.form.closerMissing()) {
        call.repairs.add(Repair.MISSING_TAG);
      }
      if (inList() || (call.isPrinted && !printEnded)) {
        call.repairs.add(Repair.MISSING_BRACE);
      }
      return Step.LEFT;
    }

    @Override
    public Step end() {
      leave();
      return Step.CLOSED;
    }

    @Override
    public boolean isNoCall() {
      return false;
    }

    /** Without the current character. */
    @Override
    public int giveBack() {
      return Math.max(held.length() - 1, 0);
    }
  }

  /**
   * The state after malformed text: skips to the closer, to the opener of the next block, or to the
   * matching brackets.
   */
  private final class Broken implements State {
    private final Call call;
    private final String reason;
    private final @Nullable TagMatcher closing;
    private final TagMatcher opening = new TagMatcher(opener.isEmpty() ? "\0" : opener);
    private final Brackets brackets;
    private boolean isClosed; // its closer has come

    Broken(Call call, String reason, Brackets brackets) {
      this.call = call;
      this.reason = reason;
      this.brackets = brackets;
      closing = call.form.closer() == null ? null : new TagMatcher(call.form.closer());
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
      if (call.inList) {
        state = new Behind(call, reason);
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
      if (opener.length() > 1 && opening.completesWith(c)) {
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
    public boolean isNoCall() {
      return false;
    }

    @Override
    public int giveBack() {
      return opening.matched();
    }
  }
}
