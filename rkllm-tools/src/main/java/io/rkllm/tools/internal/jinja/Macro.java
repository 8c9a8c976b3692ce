package io.rkllm.tools.internal.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A macro: what its body writes is its value. */
record Macro(String name, List<Parameter> parameters, Statement body) {
  record Parameter(String name, Expression otherwise) {}

  /** Returns the macro as a function of the template that declares it. */
  Callable callable() {
    return (rendering, arguments) -> rendering.captured(variables(rendering, arguments), body);
  }

  private Map<String, Object> variables(Rendering rendering, Arguments arguments) {
    Budget.entries(parameters.size() + arguments.named().size() + 3L);
    Budget.elements(arguments.count());
    Map<String, Object> variables = new HashMap<>();
    Map<String, Object> rest = new HashMap<>(arguments.named());
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      Object named = rest.remove(parameter.name);
      Object value =
          i < arguments.count()
              ? arguments.positional().get(i)
              : named != null ? named : parameter.otherwise.value(rendering);
      variables.put(parameter.name, value);
    }
    Object caller = rest.remove("caller");
    variables.put("caller", caller == null ? new Undefined("caller") : caller);
    variables.put("varargs", new ArrayList<>(arguments.from(parameters.size()).positional()));
    variables.put("kwargs", rest);
    return variables;
  }
}
