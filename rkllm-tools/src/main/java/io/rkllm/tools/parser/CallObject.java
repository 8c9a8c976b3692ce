package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.internal.json.JsonRepairer;
import io.rkllm.tools.internal.json.MalformedJsonException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A call that is an object with a name and arguments: {@code {"name": …, "arguments": {…}}}, the
 * second also called parameters, in any order, also inside {@code "function": {…}}.
 */
final class CallObject implements CallReader, JsonRepairer.Target {
  private static final Set<String> HARMLESS = Set.of("type", "id", "index");

  private final CallSink sink;
  private final Set<Repair> repairs;
  private final @Nullable Set<String> onlyThese;
  private final int maxDepth;
  private final JsonRepairer repairer;
  private final StringBuilder early = new StringBuilder(); // arguments before the name
  private int level = 1; // the depth at which the fields of the call stand
  private Field field = Field.OTHER;
  private boolean inField;
  private @Nullable StringDecoder nameDecoder;
  private final StringBuilder nameText = new StringBuilder();
  private @Nullable String name;
  private @Nullable ArgumentsValue arguments;
  private boolean started;

  private enum Field {
    NAME,
    ARGUMENTS,
    WRAPPER,
    OTHER
  }

  /**
   * {@code onlyThese}: the names of which one must be called, or else it is not a call but some
   * object; null where a tag has said that it is a call.
   */
  CallObject(CallSink sink, Set<Repair> repairs, @Nullable Set<String> onlyThese, int maxDepth) {
    this.sink = sink;
    this.repairs = repairs;
    this.onlyThese = onlyThese;
    this.maxDepth = maxDepth;
    repairer = new JsonRepairer(maxDepth, this);
  }

  @Override
  public boolean accept(char c) {
    boolean complete = repairer.accept(c);
    if (complete) {
      complete();
    }
    return complete;
  }

  @Override
  public void end(boolean terminated) {
    repairer.end(terminated);
    complete();
  }

  @Override
  public boolean inString() {
    return repairer.inString();
  }

  @Override
  public boolean hasStarted() {
    return started;
  }

  private void complete() {
    if (name == null) {
      throw new MalformedJsonException("it has no \"name\"");
    }
    start();
    if (arguments == null) {
      new ArgumentsValue(sink::argument, repairs, maxDepth).end();
    }
  }

  // ---- Called by the repairer

  @Override
  public void key(int depth, String key) {
    if (depth != level) {
      return;
    }
    field =
        switch (key) {
          case "name" -> Field.NAME;
          case "arguments", "parameters" -> Field.ARGUMENTS;
          case "function" -> level == 1 ? Field.WRAPPER : Field.OTHER;
          default -> Field.OTHER;
        };
    if ((field == Field.NAME && name != null) || (field == Field.ARGUMENTS && arguments != null)) {
      throw new MalformedJsonException("it has \"" + key + "\" twice");
    }
    if (field == Field.OTHER && onlyThese != null && !HARMLESS.contains(key)) {
      throw new MalformedJsonException("it has \"" + key + "\", which no call has");
    }
  }

  @Override
  public void valueBegins(int depth) {
    if (depth != level || field == Field.OTHER) {
      return;
    }
    inField = true;
    if (field == Field.ARGUMENTS) {
      arguments = new ArgumentsValue(this::argument, repairs, maxDepth);
      startIfSure();
    }
  }

  @Override
  public void write(char c) {
    if (!inField) {
      return;
    }
    switch (field) {
      case NAME -> inName(c);
      case ARGUMENTS -> arguments().accept(c);
      default -> {
        inField = false;
        if (c == '{') {
          level = 2;
        }
      }
    }
  }

  @Override
  public void valueEnded(int depth) {
    if (depth == level && inField) {
      inField = false;
      if (field == Field.NAME) {
        named();
      } else {
        arguments().end();
      }
    } else if (depth == 1) {
      level = 1;
    }
  }

  @Override
  public void repaired(Repair repair) {
    repairs.add(repair);
  }

  // ---- Name and arguments

  private void inName(char c) {
    if (nameDecoder == null) {
      if (c != '"') {
        throw new MalformedJsonException("its \"name\" must be a string");
      }
      nameDecoder = new StringDecoder(nameText::append);
    }
    nameDecoder.accept(c);
  }

  private void named() {
    String said = nameText.toString();
    try {
      name = Check.nonEmptyText("name", said);
    } catch (IllegalArgumentException e) {
      throw new MalformedJsonException("its \"name\" is empty or has characters that no name has");
    }
    if (onlyThese != null && !onlyThese.contains(said)) {
      throw new MalformedJsonException("there is no tool " + said);
    }
    startIfSure();
  }

  /** An object that only may be a call is not sure to be one before it has arguments too. */
  private void startIfSure() {
    if (name != null && (onlyThese == null || arguments != null)) {
      start();
    }
  }

  private void start() {
    if (!started && name != null) {
      started = true;
      sink.started(name);
      for (int i = 0; i < early.length(); i++) {
        sink.argument(early.charAt(i));
      }
      early.setLength(0);
    }
  }

  private void argument(char c) {
    if (started) {
      sink.argument(c);
    } else {
      early.append(c);
    }
  }

  private ArgumentsValue arguments() {
    if (arguments == null) {
      throw new IllegalStateException("no arguments have begun");
    }
    return arguments;
  }
}
