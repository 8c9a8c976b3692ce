package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.JsonRepairer;
import java.util.Set;

/** A call whose name stands before it: what is read are its arguments alone. */
final class NamedCall implements CallReader, JsonRepairer.Target {
  private final Set<Repair> repairs;
  private final ArgumentsValue arguments;
  private final JsonRepairer repairer;

  NamedCall(String name, CallSink sink, Set<Repair> repairs, int maxDepth) {
    this.repairs = repairs;
    arguments = new ArgumentsValue(sink::argument, repairs, maxDepth);
    repairer = new JsonRepairer(maxDepth, this);
    sink.started(name);
  }

  @Override
  public boolean accept(char c) {
    boolean complete = repairer.accept(c);
    if (complete) {
      arguments.end();
    }
    return complete;
  }

  @Override
  public void end(boolean terminated) {
    repairer.end(terminated);
    arguments.end();
  }

  @Override
  public boolean inString() {
    return repairer.inString();
  }

  @Override
  public boolean hasStarted() {
    return true;
  }

  @Override
  public void write(char c) {
    arguments.accept(c);
  }

  @Override
  public void repaired(Repair repair) {
    repairs.add(repair);
  }
}
