package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import java.util.List;
import java.util.stream.Collectors;

/** A dialect that the tests provide as a service, as an application would. */
public final class ServedDialect extends Dialect {
  public ServedDialect() {
    super(
        "served",
        List.of(
            CallForm.behind("<served>", CallSyntax.namedJson("\\s*(?<name>[a-zA-Z0-9_-]+)\\s*"))
                .closedBy("</served>")));
  }

  @Override
  public String render(List<ToolCall> calls) {
    return calls.stream()
        .map(call -> "<served>" + call.name() + " " + call.arguments() + "</served>")
        .collect(Collectors.joining("\n"));
  }

  @Override
  public boolean isSpokenBy(String model) {
    return model.contains("served");
  }
}
