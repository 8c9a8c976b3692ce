package io.rkllm.tools.parser;

import io.rkllm.tools.internal.Check;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.json.MalformedJsonException;
import io.rkllm.tools.parser.CallSyntax.ParsedCall;
import java.util.function.Function;

/** Reads a call with a function of the application, when its text is complete. */
final class TextCall implements CallReader {
  private final Function<String, ParsedCall> parser;
  private final CallContext context;
  private final CallOutput output;
  private final StringBuilder text = new StringBuilder();

  TextCall(Function<String, ParsedCall> parser, CallContext context) {
    this.parser = parser;
    this.context = context;
    output = new CallOutput(context.sink());
  }

  @Override
  public boolean accept(char c) {
    text.append(c);
    return false;
  }

  @Override
  public void end(boolean terminated) {
    if (!terminated) {
      throw new MalformedJsonException("the answer ends inside it");
    }
    try {
      ParsedCall call = Check.nonNull("call", parser.apply(text.toString()));
      String name = Check.nonEmptyText("name", call.name());
      String arguments = Json.write(Json.object(call.arguments()));
      if (context.declaredOnly() && !context.isDeclared(name)) {
        throw new MalformedJsonException("there is no tool " + name);
      }
      output.start(name);
      output.write(Check.nonEmptyText("arguments", arguments));
    } catch (IllegalArgumentException refused) {
      throw new MalformedJsonException(String.valueOf(refused.getMessage()));
    }
  }

  @Override
  public boolean inString() {
    return false;
  }

  @Override
  public boolean hasStarted() {
    return output.hasStarted();
  }

  @Override
  public boolean isTentative() {
    return context.declaredOnly();
  }
}
