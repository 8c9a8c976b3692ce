package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.parser.CallBlock.Step;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The state before a call: decides which of the forms that share an opener it has. */
final class BeforeCall implements CallState {
  private final CallBlock block;
  private final List<CallForm> forms; // those that what has come may still become
  private final boolean isFirst;
  private final boolean inList;
  private final boolean inFence;
  private final StringBuilder text = new StringBuilder();

  /**
   * {@code isFirst}: whether no call of the block precedes it; {@code inList}, {@code inFence}:
   * what has been opened before.
   */
  BeforeCall(
      CallBlock block, List<CallForm> forms, boolean isFirst, boolean inList, boolean inFence) {
    this.block = block;
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
      if (match.matches() && block.isCalled(forms.get(i), nameIn(forms.get(i), match))) {
        return begin(forms.get(i), match);
      }
      if (!match.hitEnd()) {
        forms.remove(i--);
      }
    }
    return forms.isEmpty() || text.length() > CallBlock.MAX_START ? Step.NO_CALL : Step.MORE;
  }

  private @Nullable String nameIn(CallForm form, Matcher match) {
    return form.openerIsToolName() ? block.opener() : CallSyntax.group(match, "name");
  }

  private Step begin(CallForm form, Matcher match) {
    Set<Repair> repairs = EnumSet.noneOf(Repair.class);
    CallContext context =
        new CallContext(block.sink(), repairs, block.options(), form.declaredOnly());
    BegunCall begun =
        new BegunCall(
            form,
            form.syntax().open(nameIn(form, match), context),
            repairs,
            inList || CallSyntax.group(match, "list") != null,
            inFence || text.indexOf("```") >= 0,
            CallSyntax.group(match, "print") != null);
    String body = CallSyntax.group(match, "body");
    block.enter(new InCall(block, begun, new Brackets(body == null ? 1 : 0)));
    Step step = Step.MORE;
    for (int i = 0; body != null && i < body.length() && step == Step.MORE; i++) {
      step = block.state().accept(body.charAt(i));
    }
    return step;
  }

  @Override
  public Step end() {
    return Step.NO_CALL;
  }

  @Override
  public Step tooLong(char c) {
    return Step.NO_CALL;
  }

  @Override
  public void finish() {}

  @Override
  public int giveBack() {
    return 0;
  }
}
