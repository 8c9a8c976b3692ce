package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.internal.json.JsonRepairer;
import io.rkllm.tools.internal.json.MalformedJsonException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A call that is an object with a name and arguments: {@code {"name": …, "arguments": {…}}}, also
 * called {@code tool_name} and {@code parameters}, in any order, also inside {@code "function":
 * {…}}.
 */
final class CallObject implements CallReader, JsonRepairer.Target {
  private static final Set<String> HARMLESS = Set.of("type", "id", "index", "tool_call_id");

  private final CallContext context;
  private final CallOutput output;
  private final JsonRepairer repairer;
  private final StringBuilder flat = new StringBuilder(); // fields that may be the arguments
  private int level = 1; // the depth at which the fields of the call stand
  private Field field = Field.OTHER;
  private boolean inField;
  private @Nullable StringDecoder nameDecoder;
  private final StringBuilder nameText = new StringBuilder();
  private @Nullable String name;
  private @Nullable ArgumentsValue arguments;
  private boolean argumentsEnded;

  private enum Field {
    NAME,
    ARGUMENTS,
    WRAPPER,
    FLAT,
    OTHER
  }

  CallObject(CallContext context) {
    this.context = context;
    output = new CallOutput(context.sink());
    repairer = new JsonRepairer(context.maxDepth(), this);
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
    // where a bracket was missing, the one that ended the arguments may be the wrong one
    boolean hasArguments = argumentsEnded && !context.repairs().contains(Repair.MISSING_BRACE);
    repairer.end(terminated);
    if (!terminated && !hasArguments) {
      throw new MalformedJsonException("the answer ends before its arguments do");
    }
    complete();
  }

  @Override
  public boolean inString() {
    return repairer.inString();
  }

  @Override
  public boolean hasStarted() {
    return output.hasStarted();
  }

  /**
   * Returns whether this may be an answer: an object without a tag is the answer itself unless it
   * is a call.
   */
  @Override
  public boolean isTentative() {
    return context.declaredOnly();
  }

  private void complete() {
    if (name == null) {
      throw new MalformedJsonException("it has no \"name\"");
    }
    if (arguments == null && !flat.isEmpty()) {
      context.repairs().add(Repair.FLAT_ARGUMENTS);
      output.write(flat + "}");
    } else if (arguments == null) {
      value().end();
    }
    output.start(name);
  }

  private ArgumentsValue value() {
    return new ArgumentsValue(output, context.repairs(), context.maxDepth());
  }

  // ---- Called by the repairer

  @Override
  public void key(int depth, String key) {
    if (depth != level) {
      return;
    }
    field =
        switch (key) {
          case "name", "tool_name" -> Field.NAME;
          case "arguments", "parameters" -> Field.ARGUMENTS;
          case "function" -> level == 1 ? Field.WRAPPER : Field.OTHER;
          default -> isFlat(key) ? Field.FLAT : Field.OTHER;
        };
    if ((field == Field.NAME && name != null) || (field == Field.ARGUMENTS && arguments != null)) {
      throw new MalformedJsonException("it has \"" + key + "\" twice");
    }
    if (field == Field.FLAT) {
      if (context.repairs().contains(Repair.MISSING_BRACE)) {
        throw new MalformedJsonException("a bracket is missing before \"" + key + "\"");
      }
      flat.append(flat.isEmpty() ? "{" : ", ").append('"').append(key).append("\": ");
    }
  }

  /** Returns whether an unknown field may be an argument beside the name. */
  private boolean isFlat(String key) {
    boolean declared = name != null && context.typesOf(name).has(key);
    if (context.declaredOnly() && !declared && !HARMLESS.contains(key)) {
      throw new MalformedJsonException("it has \"" + key + "\", which no call has");
    }
    return declared || !HARMLESS.contains(key);
  }

  @Override
  public void valueBegins(int depth) {
    if (depth != level || field == Field.OTHER) {
      return;
    }
    inField = true;
    if (field == Field.ARGUMENTS) {
      arguments = value();
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
      case FLAT -> flat.append(c);
      default -> {
        inField = false;
        if (c == '{') {
          level = 2;
        } else if (c == '"' && name == null) {
          field = Field.NAME; // "function": "name"
          inField = true;
          inName(c);
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
      } else if (field == Field.ARGUMENTS) {
        arguments().end();
        argumentsEnded = true;
      }
    } else if (depth == 1) {
      level = 1;
    }
  }

  @Override
  public void repaired(Repair repair) {
    context.repairs().add(repair);
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
    if (context.declaredOnly() && !context.isDeclared(said)) {
      throw new MalformedJsonException("there is no tool " + said);
    }
    startIfSure();
  }

  /**
   * Reports the start of the call once it is certain, which for an object without a tag requires
   * arguments.
   */
  private void startIfSure() {
    if (name != null && (!context.declaredOnly() || arguments != null)) {
      output.start(name);
    }
  }

  private ArgumentsValue arguments() {
    if (arguments == null) {
      throw new IllegalStateException("no arguments have begun");
    }
    return arguments;
  }
}
