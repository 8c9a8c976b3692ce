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
  public Flow run(Rendering rendering) {
    List<Object> items = filter(Values.items(sequence.value(rendering)), rendering);
    if (items.isEmpty()) {
      return otherwise.run(rendering);
    }
    Loop loop = new Loop(items);
    for (int i = 0; i < items.size(); i++) {
      rendering.step();
      loop.moveTo(i);
      Map<String, Object> variables = new HashMap<>(target.bind(items.get(i)));
      variables.put("loop", loop);
      if (rendering.inScope(variables, body) == Flow.BREAK) {
        break;
      }
    }
    return Flow.NEXT;
  }

  /**
   * Filters the items by the condition, which has access to the variables of the loop, but not to
   * {@code loop}.
   */
  private List<Object> filter(List<Object> items, Rendering rendering) {
    Budget.elements(items.size());
    List<Object> kept = new ArrayList<>();
    for (Object item : items) {
      rendering.step();
      rendering.inScope(
          target.bind(item),
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
