package io.rkllm.tools.internal.jinja;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One rendering: its variables, what it has written, and how much it may still do. */
final class Run {
  private static final int MAX_STEPS = 10_000_000;
  private static final int CHARACTERS_A_STEP = 32;
  private static final int MAX_DEPTH = 64;
  private static final ScopedValue<Run> CURRENT = ScopedValue.newInstance();

  /** How long a text, and how large a list, may become. */
  static final int MAX_LENGTH = 8 << 20;

  private StringBuilder output = new StringBuilder();
  private Scope scope;
  private int steps;
  private int depth;

  private record Scope(Map<String, Object> variables, @Nullable Scope outer) {}

  private final UnaryOperator<String> json;

  Run(Map<String, Object> variables, UnaryOperator<String> json) {
    this.json = json;
    scope = new Scope(new HashMap<>(variables), null);
  }

  /** Runs a whole template. What is computed on the way is its work, wherever that is done. */
  void all(Statement body) {
    ScopedValue.where(CURRENT, this).run(() -> body.run(this));
  }

  /** Counts work on so many characters, for the template that runs. */
  static void work(long characters) {
    if (CURRENT.isBound()) {
      CURRENT.get().steps(1 + (int) Math.min(characters / CHARACTERS_A_STEP, MAX_STEPS));
    }
  }

  /** What {@code tojson} has written, as the user of the template wants it. */
  String json(String written) {
    return json.apply(written);
  }

  /** Counts a value that was computed as work and memory by its size. */
  Object made(Object value) {
    int size =
        switch (value) {
          case String text -> text.length();
          case List<?> list -> list.size();
          default -> 0;
        };
    steps(1 + size / CHARACTERS_A_STEP);
    return value;
  }

  /** Counts one step of work. */
  void step() {
    steps(1);
  }

  /** Counts several. */
  void steps(int count) {
    steps += count;
    if (steps > MAX_STEPS) {
      throw new JinjaException("the template takes more than " + MAX_STEPS + " steps");
    }
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
    scope.variables.put(name, value);
  }

  void write(String text) {
    checkLength((long) output.length() + text.length());
    output.append(text);
  }

  String output() {
    return output.toString();
  }

  /** Runs a body with variables of its own, which are gone afterwards. */
  Statement.Flow inScope(Map<String, Object> variables, Statement body) {
    Scope outer = scope;
    if (++depth > MAX_DEPTH) {
      throw new JinjaException("loops and macros are nested deeper than " + MAX_DEPTH);
    }
    scope = new Scope(new HashMap<>(variables), outer);
    try {
      return body.run(this);
    } finally {
      scope = outer;
      depth--;
    }
  }

  /** What a body writes, which goes nowhere else. */
  String captured(Map<String, Object> variables, Statement body) {
    StringBuilder outer = output;
    output = new StringBuilder();
    try {
      inScope(variables, body);
      return output.toString();
    } finally {
      output = outer;
    }
  }

  static void checkLength(long length) {
    if (length > MAX_LENGTH) {
      throw new JinjaException("a text or list grows longer than " + MAX_LENGTH);
    }
  }
}
