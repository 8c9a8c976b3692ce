package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.JsonRepairer;
import io.rkllm.tools.internal.json.MalformedJsonException;

/** Reads the arguments of a call whose name precedes them. */
final class NamedCall implements CallReader, JsonRepairer.Target {
  private final CallContext context;
  private final ArgumentsValue arguments;
  private final JsonRepairer repairer;

  NamedCall(String name, CallContext context) {
    this.context = context;
    arguments = new ArgumentsValue(context.sink()::argument, context.repairs(), context.maxDepth());
    repairer = new JsonRepairer(context.maxDepth(), this);
    context.sink().started(name);
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
    if (!terminated) {
      throw new MalformedJsonException("the answer ends inside its arguments");
    }
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
  public boolean isTentative() {
    return false;
  }

  @Override
  public void write(char c) {
    arguments.accept(c);
  }

  @Override
  public void repaired(Repair repair) {
    context.repairs().add(repair);
  }
}
