package io.rkllm.tools.internal.jinja;

import java.time.DateTimeException;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A template that renders as in transformers: blocks remove the line break after them and the
 * blanks before them, {@code tojson} writes JSON as Python does, and the functions are {@code
 * raise_exception}, {@code strftime_now}, {@code namespace}, {@code range} and {@code dict}.
 * Immutable and thread-safe.
 */
public final class JinjaTemplate {
  /** Several times the length of the longest templates of real models. */
  private static final int MAX_TEMPLATE = 1 << 18;

  private final Statement body;
  private final Map<String, Object> functions;

  /**
   * Reads a template.
   *
   * @param clock the clock of {@code strftime_now}
   * @throws JinjaException if it has parts that are not known here, or is too long
   */
  public JinjaTemplate(String source, Supplier<ZonedDateTime> clock) {
    if (source.length() > MAX_TEMPLATE) {
      throw new JinjaException(
          "it has %d characters, more than the limit of %d"
              .formatted(source.length(), MAX_TEMPLATE));
    }
    body = new StatementParser(Lexer.tokens(source)).template();
    functions =
        Map.<String, Object>of(
            "raise_exception", (Callable) (_, given) -> raise(given),
            "strftime_now", (Callable) (_, given) -> now(clock.get(), given),
            "namespace", (Callable) (_, given) -> namespace(given),
            "range", (Callable) (_, given) -> range(given),
            "dict", (Callable) (_, given) -> dict(given));
  }

  /**
   * Renders the template with these variables, which are strings, numbers, booleans, nulls, lists,
   * and maps.
   *
   * @param json a function applied to the JSON that {@code tojson} writes
   * @throws JinjaException if the template fails, raises an exception, or exceeds the limits of a
   *     rendering
   */
  public String render(
      Map<String, ? extends @Nullable Object> variables, UnaryOperator<String> json) {
    return render(variables, json, new Budget(Budget.LIMIT, Budget.TIME));
  }

  /** Renders within another budget. */
  String render(
      Map<String, ? extends @Nullable Object> variables,
      UnaryOperator<String> json,
      Budget budget) {
    Map<String, Object> all = new HashMap<>(functions);
    variables.forEach((name, value) -> all.put(name, Conversions.toJinja(value)));
    Rendering rendering = new Rendering(all, json, budget);
    try {
      budget.run(() -> body.run(rendering));
    } catch (ArithmeticException | IllegalArgumentException | NoSuchElementException e) {
      throw new JinjaException("a value that cannot be computed: " + e.getMessage());
    } catch (StackOverflowError e) {
      throw new JinjaException("the template, or a value of it, is nested too deep");
    }
    return rendering.output();
  }

  private static Object raise(Arguments given) {
    throw new JinjaException("the template says: " + given.text(0, "message", ""));
  }

  private static String now(ZonedDateTime time, Arguments given) {
    try {
      return Strftime.format(time, given.text(0, "format", ""));
    } catch (DateTimeException e) {
      throw new JinjaException("no format of a date: " + e.getMessage());
    }
  }

  private static Namespace namespace(Arguments given) {
    Namespace namespace = new Namespace();
    Budget.object();
    dict(given).forEach((name, value) -> namespace.values.put(Text.of(name), value));
    return namespace;
  }

  private static Map<Object, Object> dict(Arguments given) {
    Map<Object, Object> map = new LinkedHashMap<>();
    for (Object value : given.positional()) {
      if (value instanceof Map<?, ?> other) {
        Budget.entries(other.size());
        map.putAll(other);
      } else {
        for (Object entry : Values.items(value)) {
          Budget.entries(1);
          map.put(Values.key(Values.item(entry, 0L)), Values.item(entry, 1L));
        }
      }
    }
    Budget.entries(given.named().size());
    map.putAll(given.named());
    return map;
  }

  private static List<Object> range(Arguments given) {
    boolean one = given.count() == 1;
    long from = one ? 0 : given.number(0, "start", 0);
    long to = given.number(one ? 0 : 1, "stop", 0);
    long step = given.number(2, "step", 1);
    if (step == 0) {
      throw new JinjaException("the step of a range must not be 0");
    }
    long count = Math.max(Math.ceilDiv(Math.subtractExact(to, from), step), 0);
    Budget.objects(Math.min(count, Integer.MAX_VALUE));
    List<Object> numbers = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      numbers.add(from + i * step);
    }
    return numbers;
  }
}
