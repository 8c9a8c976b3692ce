package io.rkllm.tools.internal.jinja;

import io.rkllm.tools.internal.jinja.Token.Kind;
import java.util.List;

/** A cursor on the tokens of a template. */
final class Tokens {
  private static final int MAX_DEPTH = 200;

  private final List<Token> tokens;
  private int at;
  private int depth;

  Tokens(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(at);
  }

  Token peek(int ahead) {
    return tokens.get(Math.min(at + ahead, tokens.size() - 1));
  }

  Token next() {
    Token token = peek();
    if (token.kind() != Kind.END) {
      at++;
    }
    return token;
  }

  boolean isOperator(String operator) {
    return peek().is(Kind.OPERATOR, operator);
  }

  boolean isName(String name) {
    return peek().is(Kind.NAME, name);
  }

  boolean acceptOperator(String operator) {
    return accept(Kind.OPERATOR, operator);
  }

  boolean acceptName(String name) {
    return accept(Kind.NAME, name);
  }

  private boolean accept(Kind kind, String text) {
    boolean found = peek().is(kind, text);
    if (found) {
      next();
    }
    return found;
  }

  void expectOperator(String operator) {
    if (!acceptOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!acceptName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  String expect(Kind kind, String what) {
    if (peek().kind() != kind) {
      throw unexpected(what);
    }
    return next().text();
  }

  JinjaException unexpected(String wanted) {
    return new JinjaException(
        peek().line(), "expected " + wanted + ", found '" + peek().text() + "'");
  }

  /** Enters a nested level; nesting that is too deep would overflow the stack. */
  void enter() {
    if (++depth > MAX_DEPTH) {
      throw new JinjaException(peek().line(), "nested deeper than " + MAX_DEPTH);
    }
  }

  void leave() {
    depth--;
  }
}
