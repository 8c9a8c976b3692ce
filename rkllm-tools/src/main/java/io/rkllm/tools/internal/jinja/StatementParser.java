package io.rkllm.tools.internal.jinja;

import io.rkllm.tools.internal.jinja.Statement.Flow;
import io.rkllm.tools.internal.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses text, output, and blocks. */
final class StatementParser {
  private static final Statement NOTHING = _ -> Flow.NEXT;
  private static final Expression TRUE = _ -> true;

  private final Tokens tokens;
  private final ExpressionParser expressions;

  StatementParser(List<Token> tokens) {
    this.tokens = new Tokens(tokens);
    expressions = new ExpressionParser(this.tokens);
  }

  Statement template() {
    Statement body = body(Set.of());
    if (tokens.peek().kind() != Kind.END) {
      throw tokens.unexpected("the end of the template");
    }
    return body;
  }

  /**
   * Parses everything up to a block with one of these names. The name has been read then, but not
   * the end of the block.
   */
  private Statement body(Set<String> ends) {
    List<Statement> statements = new ArrayList<>();
    tokens.enter();
    while (tokens.peek().kind() != Kind.END) {
      Token token = tokens.next();
      switch (token.kind()) {
        case TEXT -> statements.add(written(token.text()));
        case PRINT_BEGIN -> statements.add(printed());
        default -> {
          if (ends.contains(tokens.peek().text())) {
            tokens.leave();
            return all(statements);
          }
          statements.add(block());
        }
      }
    }
    tokens.leave();
    if (!ends.isEmpty()) {
      throw tokens.unexpected(String.join(" or ", ends));
    }
    return all(statements);
  }

  private static Statement written(String text) {
    return rendering -> {
      rendering.write(text);
      return Flow.NEXT;
    };
  }

  private Statement printed() {
    Expression value = expressions.tuple();
    tokens.expect(Kind.PRINT_END, "'}}'");
    return rendering -> {
      rendering.step();
      rendering.write(Text.of(value.value(rendering)));
      return Flow.NEXT;
    };
  }

  private static Statement all(List<Statement> statements) {
    return rendering -> {
      for (Statement statement : statements) {
        Flow flow = statement.run(rendering);
        if (flow != Flow.NEXT) {
          return flow;
        }
      }
      return Flow.NEXT;
    };
  }

  private Statement block() {
    Token name = tokens.next();
    return switch (name.text()) {
      case "if" -> conditional();
      case "for" -> loop();
      case "set" -> set();
      case "macro" -> macro();
      case "call" -> call();
      case "filter" -> filter();
      case "with" -> with();
      case "generation" -> {
        endOfBlock();
        yield bodyUpTo("endgeneration");
      }
      case "break" -> jump(Flow.BREAK);
      case "continue" -> jump(Flow.CONTINUE);
      default ->
          throw new JinjaException(
              name.line(), "the block '" + name.text() + "' is not known here");
    };
  }

  private Statement jump(Flow flow) {
    endOfBlock();
    return _ -> flow;
  }

  private void endOfBlock() {
    tokens.expect(Kind.BLOCK_END, "'%}'");
  }

  private Statement bodyUpTo(String end) {
    Statement body = body(Set.of(end));
    tokens.next();
    endOfBlock();
    return body;
  }

  private Statement conditional() {
    Expression condition = expressions.tuple();
    endOfBlock();
    Statement then = body(Set.of("elif", "else", "endif"));
    Statement otherwise =
        switch (tokens.next().text()) {
          case "elif" -> elseIf();
          case "else" -> {
            endOfBlock();
            yield bodyUpTo("endif");
          }
          default -> {
            endOfBlock();
            yield NOTHING;
          }
        };
    return rendering -> {
      rendering.step();
      return Values.isTrue(condition.value(rendering))
          ? then.run(rendering)
          : otherwise.run(rendering);
    };
  }

  private Statement elseIf() {
    tokens.enter();
    Statement chained = conditional();
    tokens.leave();
    return chained;
  }

  private Statement loop() {
    Target target = target();
    tokens.expectName("in");
    Expression sequence = expressions.or();
    Expression condition = tokens.acceptName("if") ? expressions.expression() : TRUE;
    endOfBlock();
    Statement body = body(Set.of("else", "endfor"));
    Statement otherwise = NOTHING;
    if (tokens.next().text().equals("else")) {
      endOfBlock();
      otherwise = body(Set.of("endfor"));
      tokens.next();
    }
    endOfBlock();
    return new ForStatement(target, sequence, condition, body, otherwise);
  }

  private Target target() {
    boolean closed = tokens.acceptOperator("(");
    List<String> names = new ArrayList<>();
    do {
      names.add(tokens.expect(Kind.NAME, "the name of a variable"));
    } while (tokens.acceptOperator(","));
    if (closed) {
      tokens.expectOperator(")");
    }
    return new Target(names);
  }

  private Statement set() {
    if (tokens.peek(1).is(Kind.OPERATOR, ".")) {
      return setInNamespace();
    }
    Target target = target();
    if (tokens.acceptOperator("=")) {
      Expression value = expressions.tuple();
      endOfBlock();
      return rendering -> {
        target.bind(value.value(rendering)).forEach(rendering::set);
        return Flow.NEXT;
      };
    }
    FilterCall filters = filters();
    endOfBlock();
    Statement body = bodyUpTo("endset");
    return rendering -> {
      target
          .bind(filters.apply(rendering.captured(Map.of(), body), rendering))
          .forEach(rendering::set);
      return Flow.NEXT;
    };
  }

  private Statement setInNamespace() {
    String name = tokens.next().text();
    tokens.next();
    String attribute = tokens.expect(Kind.NAME, "the name of an attribute");
    tokens.expectOperator("=");
    Expression value = expressions.tuple();
    endOfBlock();
    return rendering -> {
      if (!(rendering.get(name) instanceof Namespace namespace)) {
        throw new JinjaException(name + " is not a namespace, so that nothing can be set in it");
      }
      rendering.step();
      namespace.values.put(attribute, value.value(rendering));
      return Flow.NEXT;
    };
  }

  private FilterCall filters() {
    FilterCall filters = (value, _) -> value;
    while (tokens.acceptOperator("|")) {
      filters = andThen(filters);
    }
    return filters;
  }

  private FilterCall andThen(FilterCall before) {
    FilterCall filter = expressions.primary().filter();
    return (value, rendering) -> filter.apply(before.apply(value, rendering), rendering);
  }

  private Statement macro() {
    String name = tokens.expect(Kind.NAME, "the name of a macro");
    tokens.expectOperator("(");
    List<Macro.Parameter> parameters = parameters();
    endOfBlock();
    Callable macro = new Macro(name, parameters, bodyUpTo("endmacro")).callable();
    return rendering -> {
      rendering.set(name, macro);
      return Flow.NEXT;
    };
  }

  private List<Macro.Parameter> parameters() {
    List<Macro.Parameter> parameters = new ArrayList<>();
    while (!tokens.acceptOperator(")")) {
      String name = tokens.expect(Kind.NAME, "the name of a parameter");
      Expression otherwise =
          tokens.acceptOperator("=") ? expressions.expression() : _ -> new Undefined(name);
      parameters.add(new Macro.Parameter(name, otherwise));
      if (!tokens.isOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    return parameters;
  }

  private Statement call() {
    List<Macro.Parameter> parameters =
        tokens.acceptOperator("(") ? parameters() : List.<Macro.Parameter>of();
    MacroCall called = expressions.primary().callBlock();
    endOfBlock();
    Callable caller = new Macro("caller", parameters, bodyUpTo("endcall")).callable();
    return rendering -> {
      rendering.write(Text.of(called.invoke(caller, rendering)));
      return Flow.NEXT;
    };
  }

  private Statement filter() {
    FilterCall first = expressions.primary().filter();
    FilterCall rest = filters();
    endOfBlock();
    Statement body = bodyUpTo("endfilter");
    return rendering -> {
      rendering.write(
          Text.of(
              rest.apply(first.apply(rendering.captured(Map.of(), body), rendering), rendering)));
      return Flow.NEXT;
    };
  }

  private Statement with() {
    Map<String, Expression> values = new HashMap<>();
    while (tokens.peek().kind() == Kind.NAME) {
      String name = tokens.next().text();
      tokens.expectOperator("=");
      values.put(name, expressions.expression());
      tokens.acceptOperator(",");
    }
    endOfBlock();
    Statement body = bodyUpTo("endwith");
    return rendering -> {
      Budget.entries(values.size());
      Map<String, Object> variables = new HashMap<>();
      values.forEach((name, value) -> variables.put(name, value.value(rendering)));
      return rendering.inScope(variables, body);
    };
  }
}
