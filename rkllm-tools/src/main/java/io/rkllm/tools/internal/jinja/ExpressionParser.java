package io.rkllm.tools.internal.jinja;

import io.rkllm.tools.internal.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses expressions by the precedence of Jinja's operators, from the lowest to the highest. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> SUMS = Set.of("+", "-");
  private static final Set<String> PRODUCTS = Set.of("*", "/", "//", "%");

  private final Tokens tokens;
  private final PrimaryParser primary;

  ExpressionParser(Tokens tokens) {
    this.tokens = tokens;
    primary = new PrimaryParser(tokens, this);
  }

  PrimaryParser primary() {
    return primary;
  }

  /** Parses one expression, or several separated by commas, which form a list. */
  Expression tuple() {
    Expression first = expression();
    if (!tokens.isOperator(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (tokens.acceptOperator(",")) {
      if (endsTuple()) {
        break;
      }
      items.add(expression());
    }
    Expression values = list(items);
    return rendering -> new Tuple(Values.items(values.value(rendering)));
  }

  static Expression list(List<Expression> items) {
    return rendering -> {
      Budget.elements(items.size());
      List<Object> values = new ArrayList<>();
      items.forEach(item -> values.add(item.value(rendering)));
      return values;
    };
  }

  private boolean endsTuple() {
    Kind kind = tokens.peek().kind();
    return kind == Kind.BLOCK_END || kind == Kind.PRINT_END || tokens.isOperator(")");
  }

  Expression expression() {
    tokens.enter();
    Expression value = or();
    while (tokens.acceptName("if")) {
      Expression then = value;
      Expression condition = or();
      Expression otherwise =
          tokens.acceptName("else") ? expression() : _ -> new Undefined("the missing else");
      value =
          rendering -> {
            rendering.step();
            return Values.isTrue(condition.value(rendering))
                ? then.value(rendering)
                : otherwise.value(rendering);
          };
    }
    tokens.leave();
    return value;
  }

  /** Parses an expression that may be followed by an {@code if} with another meaning. */
  Expression or() {
    Expression left = and();
    while (tokens.acceptName("or")) {
      Expression first = left;
      Expression second = and();
      left =
          rendering -> {
            rendering.step();
            Object value = first.value(rendering);
            return Values.isTrue(value) ? value : second.value(rendering);
          };
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (tokens.acceptName("and")) {
      Expression first = left;
      Expression second = not();
      left =
          rendering -> {
            rendering.step();
            Object value = first.value(rendering);
            return Values.isTrue(value) ? second.value(rendering) : value;
          };
    }
    return left;
  }

  private Expression not() {
    if (!tokens.acceptName("not")) {
      return comparison();
    }
    tokens.enter();
    Expression negated = not();
    tokens.leave();
    return rendering -> {
      rendering.step();
      return !Values.isTrue(negated.value(rendering));
    };
  }

  private record Comparison(String operator, Expression right) {}

  private Expression comparison() {
    Expression left = sum();
    List<Comparison> chain = new ArrayList<>();
    for (String operator = comparator(); !operator.isEmpty(); operator = comparator()) {
      chain.add(new Comparison(operator, sum()));
    }
    return chain.isEmpty() ? left : rendering -> holds(left, chain, rendering);
  }

  private static boolean holds(Expression first, List<Comparison> chain, Rendering rendering) {
    Object left = first.value(rendering);
    for (Comparison comparison : chain) {
      Object right = comparison.right.value(rendering);
      rendering.step();
      if (!Tests.compared(comparison.operator, left, right)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private String comparator() {
    if (tokens.peek().kind() == Kind.OPERATOR && COMPARISONS.contains(tokens.peek().text())) {
      return tokens.next().text();
    }
    if (tokens.acceptName("in")) {
      return "in";
    }
    if (tokens.isName("not") && tokens.peek(1).is(Kind.NAME, "in")) {
      tokens.next();
      tokens.next();
      return "not in";
    }
    return "";
  }

  private Expression sum() {
    Expression left = concatenation();
    while (isOneOf(SUMS)) {
      left = computed(left, tokens.next().text(), concatenation());
    }
    return left;
  }

  private Expression concatenation() {
    Expression left = product();
    while (tokens.acceptOperator("~")) {
      Expression first = left;
      Expression second = product();
      left =
          rendering ->
              Arithmetic.apply(
                  "+", Text.of(first.value(rendering)), Text.of(second.value(rendering)));
    }
    return left;
  }

  private Expression product() {
    Expression left = power();
    while (isOneOf(PRODUCTS)) {
      left = computed(left, tokens.next().text(), power());
    }
    return left;
  }

  private Expression power() {
    Expression left = unary(true);
    while (tokens.acceptOperator("**")) {
      left = computed(left, "**", unary(true));
    }
    return left;
  }

  private Expression unary(boolean filtered) {
    Expression value;
    if (tokens.acceptOperator("-")) {
      Expression negated = signed();
      value = rendering -> Arithmetic.negated(negated.value(rendering));
    } else if (tokens.acceptOperator("+")) {
      value = signed();
    } else {
      value = primary.primary();
    }
    Expression found = primary.postfix(value);
    return filtered ? primary.filtered(found) : found;
  }

  private Expression signed() {
    tokens.enter();
    Expression value = unary(false);
    tokens.leave();
    return value;
  }

  private boolean isOneOf(Set<String> operators) {
    return tokens.peek().kind() == Kind.OPERATOR && operators.contains(tokens.peek().text());
  }

  private static Expression computed(Expression left, String operator, Expression right) {
    return rendering -> Arithmetic.apply(operator, left.value(rendering), right.value(rendering));
  }
}
