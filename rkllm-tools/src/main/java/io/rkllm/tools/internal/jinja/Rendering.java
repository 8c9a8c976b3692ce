package io.rkllm.tools.internal.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One rendering: its variables and what it has written. */
final class Rendering {
  private static final int MAX_DEPTH = 64;

  private final Budget budget;
  private final UnaryOperator<String> json;
  private List<String> output = new ArrayList<>();
  private Scope scope;
  private int depth;

  private record Scope(Map<String, Object> variables, @Nullable Scope outer) {}

  Rendering(Map<String, Object> variables, UnaryOperator<String> json, Budget budget) {
    this.json = json;
    this.budget = budget;
    scope = new Scope(new HashMap<>(variables), null);
  }

  /**
   * Returns JSON written by {@code tojson}, converted by the function passed by the caller of the
   * template.
   */
  String json(String written) {
    Budget.built(written.length());
    return json.apply(written);
  }

  /** Charges one step of work. */
  void step() {
    budget.step();
  }

  Object get(String name) {
    for (Scope s = scope; s != null; s = s.outer) {
      Object value = s.variables.get(name);
      if (value != null) {
        return value;
      }
    }
    return new Undefined(name);
  }

  void set(String name, Object value) {
    budget.step();
    scope.variables.put(name, value);
  }

  /** Writes a text, which is held as it is until all is joined: no builder grows for it. */
  void write(String text) {
    Budget.built(text.length());
    Budget.elements(1);
    output.add(text);
  }

  String output() {
    return String.join("", output);
  }

  /** Runs a body with local variables, which are discarded afterward. */
  Statement.Flow inScope(Map<String, Object> variables, Statement body) {
    Scope outer = scope;
    if (++depth > MAX_DEPTH) {
      throw new JinjaException("loops and macros are nested deeper than " + MAX_DEPTH);
    }
    Budget.entries(1 + variables.size());
    scope = new Scope(new HashMap<>(variables), outer);
    try {
      return body.run(this);
    } finally {
      scope = outer;
      depth--;
    }
  }

  /** Returns the output of a body without adding it to the output of the rendering. */
  String captured(Map<String, Object> variables, Statement body) {
    List<String> outer = output;
    output = new ArrayList<>();
    try {
      inScope(variables, body);
      return output();
    } finally {
      output = outer;
    }
  }
}
