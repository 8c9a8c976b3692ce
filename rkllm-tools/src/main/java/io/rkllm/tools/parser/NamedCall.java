package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.JsonMender;
import java.util.Set;

/** A call whose name stands before it: what is read are its arguments alone. */
final class NamedCall implements CallReader, JsonMender.Target {
  private final Set<Repair> repairs;
  private final ArgumentsValue arguments;
  private final JsonMender mender;

  NamedCall(String name, CallSink sink, Set<Repair> repairs, int maxDepth) {
    this.repairs = repairs;
    arguments = new ArgumentsValue(sink::argument, repairs, maxDepth);
    mender = new JsonMender(maxDepth, this);
    sink.started(name);
  }

  @Override
  public boolean accept(char c) {
    boolean complete = mender.accept(c);
    if (complete) {
      arguments.end();
    }
    return complete;
  }

  @Override
  public void end(boolean terminated) {
    mender.end(terminated);
    arguments.end();
  }

  @Override
  public boolean inString() {
    return mender.inString();
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
  public void mended(Repair repair) {
    repairs.add(repair);
  }
}
