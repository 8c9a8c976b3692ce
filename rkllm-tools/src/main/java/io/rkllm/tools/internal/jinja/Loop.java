package io.rkllm.tools.internal.jinja;

import java.util.List;

/** The variable {@code loop}. */
final class Loop implements Attributes {
  private final List<Object> items;
  private int index;
  private Object last = new Undefined("changed");

  Loop(List<Object> items) {
    this.items = items;
  }

  void moveTo(int index) {
    this.index = index;
  }

  @Override
  public Object attribute(String name) {
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> (long) items.size() - index;
      case "revindex0" -> items.size() - index - 1L;
      case "first" -> index == 0;
      case "last" -> index == items.size() - 1;
      case "length" -> (long) items.size();
      case "previtem" -> index == 0 ? new Undefined(name) : items.get(index - 1);
      case "nextitem" -> index + 1 == items.size() ? new Undefined(name) : items.get(index + 1);
      case "cycle" -> (Callable) (_, arguments) -> cycle(arguments);
      case "changed" -> (Callable) (_, arguments) -> changed(arguments);
      default -> new Undefined("loop." + name);
    };
  }

  private Object cycle(Arguments arguments) {
    return arguments.count() == 0
        ? None.NONE
        : arguments.positional().get(index % arguments.count());
  }

  private boolean changed(Arguments arguments) {
    boolean changed = !Values.equal(last, arguments.positional());
    last = arguments.positional();
    return changed;
  }
}
