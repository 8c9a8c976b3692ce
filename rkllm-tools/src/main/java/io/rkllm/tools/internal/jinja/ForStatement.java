package io.rkllm.tools.internal.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A loop. */
record ForStatement(
    Target target, Expression sequence, Expression condition, Statement body, Statement otherwise)
    implements Statement {

  @Override
  public Flow run(Run run) {
    List<Object> items = kept(Values.items(sequence.value(run)), run);
    if (items.isEmpty()) {
      return otherwise.run(run);
    }
    Loop loop = new Loop(items);
    for (int i = 0; i < items.size(); i++) {
      run.step();
      loop.moveTo(i);
      Map<String, Object> variables = new HashMap<>(target.bound(items.get(i)));
      variables.put("loop", loop);
      if (run.inScope(variables, body) == Flow.BREAK) {
        break;
      }
    }
    return Flow.NEXT;
  }

  /** The condition sees the variables of the loop, but not {@code loop}. */
  private List<Object> kept(List<Object> items, Run run) {
    Budget.elements(items.size());
    List<Object> kept = new ArrayList<>();
    for (Object item : items) {
      run.step();
      run.inScope(
          target.bound(item),
          inner -> {
            if (Values.isTrue(condition.value(inner))) {
              kept.add(item);
            }
            return Flow.NEXT;
          });
    }
    return kept;
  }
}
