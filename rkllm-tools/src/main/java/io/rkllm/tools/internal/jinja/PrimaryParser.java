package io.rkllm.tools.internal.jinja;

import io.rkllm.tools.internal.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses literals, variables, and their suffixes: attributes, calls, filters, and tests. */
final class PrimaryParser {
  private static final Set<Kind> BEGIN_OF_ARGUMENT =
      Set.of(Kind.NAME, Kind.STRING, Kind.INTEGER, Kind.FLOAT);
  private static final Set<String> NO_ARGUMENT =
      Set.of("else", "or", "and", "is", "if", "not", "in");

  private static final int MAX_DIGITS = 400; // more than a double has

  private final Tokens tokens;
  private final ExpressionParser expressions;

  PrimaryParser(Tokens tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  Expression primary() {
    Token token = tokens.next();
    return switch (token.kind()) {
      case NAME -> named(token.text());
      case STRING -> constant(strings(token.text()));
      case INTEGER -> constant(whole(token));
      case FLOAT -> constant(Double.valueOf(digits(token)));
      case OPERATOR -> bracketed(token);
      default ->
          throw new JinjaException(
              token.line(), "expected an expression, found '" + token.text() + "'");
    };
  }

  private static Expression constant(Object value) {
    return _ -> value;
  }

  private static Expression named(String name) {
    return switch (name) {
      case "true", "True" -> constant(true);
      case "false", "False" -> constant(false);
      case "none", "None" -> constant(None.NONE);
      default ->
          rendering -> {
            rendering.step();
            return rendering.get(name);
          };
    };
  }

  /** Parses adjacent strings, which are concatenated. */
  private String strings(String first) {
    StringBuilder joined = new StringBuilder(first);
    while (tokens.peek().kind() == Kind.STRING) {
      joined.append(tokens.next().text());
    }
    return joined.toString();
  }

  private static Object whole(Token token) {
    try {
      return Long.valueOf(digits(token));
    } catch (NumberFormatException e) {
      throw new JinjaException(token.line(), "too large a number: " + token.text());
    }
  }

  private static String digits(Token token) {
    if (token.text().length() > MAX_DIGITS) {
      throw new JinjaException(
          token.line(),
          "a number of "
              + token.text().length()
              + " characters, more than the limit of "
              + MAX_DIGITS);
    }
    return token.text().replace("_", "");
  }

  private Expression bracketed(Token token) {
    return switch (token.text()) {
      case "(" -> {
        if (tokens.acceptOperator(")")) {
          yield ExpressionParser.list(List.of());
        }
        Expression inner = expressions.tuple();
        tokens.expectOperator(")");
        yield inner;
      }
      case "[" -> ExpressionParser.list(listed("]"));
      case "{" -> dictionary();
      default ->
          throw new JinjaException(
              token.line(), "expected an expression, found '" + token.text() + "'");
    };
  }

  private List<Expression> listed(String end) {
    List<Expression> items = new ArrayList<>();
    while (!tokens.acceptOperator(end)) {
      items.add(expressions.expression());
      if (!tokens.isOperator(end)) {
        tokens.expectOperator(",");
      }
    }
    return items;
  }

  private Expression dictionary() {
    Map<Expression, Expression> entries = new LinkedHashMap<>();
    while (!tokens.acceptOperator("}")) {
      Expression key = expressions.expression();
      tokens.expectOperator(":");
      entries.put(key, expressions.expression());
      if (!tokens.isOperator("}")) {
        tokens.expectOperator(",");
      }
    }
    return rendering -> {
      Budget.entries(1 + entries.size());
      Map<Object, Object> values = new LinkedHashMap<>();
      entries.forEach(
          (key, value) -> values.put(Values.key(key.value(rendering)), value.value(rendering)));
      return values;
    };
  }

  /** Parses attributes, items, and calls. */
  Expression postfix(Expression value) {
    Expression found = value;
    while (true) {
      if (tokens.acceptOperator(".")) {
        found = attribute(found);
      } else if (tokens.acceptOperator("[")) {
        found = subscript(found);
      } else if (tokens.acceptOperator("(")) {
        found = called(found);
      } else {
        return found;
      }
    }
  }

  private Expression attribute(Expression value) {
    if (tokens.peek().kind() == Kind.INTEGER) {
      Object index = whole(tokens.next());
      return rendering -> {
        rendering.step();
        return Values.item(value.value(rendering), index);
      };
    }
    String name = tokens.expect(Kind.NAME, "the name of an attribute");
    return rendering -> {
      rendering.step();
      return Values.attribute(value.value(rendering), name);
    };
  }

  private Expression subscript(Expression value) {
    Expression from = tokens.isOperator(":") ? constant(None.NONE) : expressions.tuple();
    if (tokens.acceptOperator("]")) {
      return rendering -> {
        rendering.step();
        return Values.item(value.value(rendering), from.value(rendering));
      };
    }
    tokens.expectOperator(":");
    Expression to = bound();
    Expression step = tokens.acceptOperator(":") ? bound() : constant(None.NONE);
    tokens.expectOperator("]");
    return rendering ->
        Values.slice(
            value.value(rendering),
            from.value(rendering),
            to.value(rendering),
            step.value(rendering));
  }

  private Expression bound() {
    return tokens.isOperator(":") || tokens.isOperator("]")
        ? constant(None.NONE)
        : expressions.expression();
  }

  private Expression called(Expression function) {
    Call call = arguments();
    return rendering -> invoke(function, call.arguments(rendering), rendering);
  }

  private static Object invoke(Expression function, Arguments arguments, Rendering rendering) {
    Budget.object();
    return switch (function.value(rendering)) {
      case Callable callable -> callable.call(rendering, arguments);
      case Undefined undefined -> throw undefined.error();
      case Object other -> throw new JinjaException("cannot call " + Text.repr(other));
    };
  }

  /** {@code *list} among arguments. */
  private record Unpacked(Expression list) implements Expression {
    @Override
    public Object value(Rendering rendering) {
      return list.value(rendering);
    }
  }

  private record Call(List<Expression> positional, Map<String, Expression> named) {
    Arguments arguments(Rendering rendering) {
      Budget.elements(1L + positional.size());
      List<Object> values = new ArrayList<>();
      for (Expression value : positional) {
        if (value instanceof Unpacked unpacked) {
          values.addAll(Values.items(unpacked.value(rendering)));
        } else {
          values.add(value.value(rendering));
        }
      }
      Budget.entries(named.size());
      Map<String, Object> byName = new LinkedHashMap<>();
      named.forEach((name, value) -> byName.put(name, value.value(rendering)));
      return new Arguments(values, byName);
    }
  }

  /** Parses the arguments of a call after its opening parenthesis. */
  private Call arguments() {
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!tokens.acceptOperator(")")) {
      if (tokens.peek().kind() == Kind.NAME && tokens.peek(1).is(Kind.OPERATOR, "=")) {
        String name = tokens.next().text();
        tokens.next();
        named.put(name, expressions.expression());
      } else if (tokens.acceptOperator("*")) {
        positional.add(new Unpacked(expressions.expression()));
      } else {
        positional.add(expressions.expression());
      }
      if (!tokens.isOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    return new Call(positional, named);
  }

  /** Parses filters and tests. */
  Expression filtered(Expression value) {
    Expression found = value;
    while (true) {
      if (tokens.acceptOperator("|")) {
        found = filter(found);
      } else if (tokens.acceptName("is")) {
        found = test(found);
      } else if (tokens.acceptOperator("(")) {
        found = called(found);
      } else {
        return found;
      }
    }
  }

  private Expression filter(Expression value) {
    FilterCall filter = filter();
    return rendering -> filter.apply(value.value(rendering), rendering);
  }

  /** Parses a filter after its bar. */
  FilterCall filter() {
    String name = tokens.expect(Kind.NAME, "the name of a filter");
    Call call = tokens.acceptOperator("(") ? arguments() : new Call(List.of(), Map.of());
    return (value, rendering) -> Filters.apply(rendering, name, value, call.arguments(rendering));
  }

  /** Parses the call of a macro that receives a caller. */
  MacroCall callBlock() {
    Expression macro = named(tokens.expect(Kind.NAME, "the name of a macro"));
    tokens.expectOperator("(");
    Call call = arguments();
    return (caller, rendering) -> {
      Arguments given = call.arguments(rendering);
      Map<String, Object> named = new LinkedHashMap<>(given.named());
      named.put("caller", caller);
      return invoke(macro, new Arguments(given.positional(), named), rendering);
    };
  }

  private Expression test(Expression value) {
    boolean negated = tokens.acceptName("not");
    String name = tokens.expect(Kind.NAME, "the name of a test");
    Call call = testArguments();
    return rendering -> {
      rendering.step();
      return negated != Tests.holds(name, value.value(rendering), call.arguments(rendering));
    };
  }

  private Call testArguments() {
    if (tokens.acceptOperator("(")) {
      return arguments();
    }
    Token token = tokens.peek();
    boolean follows =
        token.kind() == Kind.OPERATOR
            ? token.text().equals("[") || token.text().equals("{")
            : BEGIN_OF_ARGUMENT.contains(token.kind())
                && !(token.kind() == Kind.NAME && NO_ARGUMENT.contains(token.text()));
    return follows
        ? new Call(List.of(postfix(primary())), Map.of())
        : new Call(List.of(), Map.of());
  }
}
