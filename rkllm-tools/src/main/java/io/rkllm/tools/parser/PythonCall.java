package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.JsonRepairer;
import io.rkllm.tools.internal.json.MalformedJsonException;

/**
 * Reads a Python call after its opening parenthesis: {@code city="Oslo", days=[1, 2])}. Arguments
 * are keyword arguments with literal values, and are converted to JSON.
 */
final class PythonCall implements CallReader, JsonRepairer.Target {
  private final String name;
  private final CallContext context;
  private final CallOutput output;
  private final JsonRepairer json;
  private int depth = 1;
  private int arguments; // 1 in an object that has all of them: name({…}), name(**{…}); 2 behind it
  private boolean begun; // something but blanks and stars has come
  private boolean complete;
  private char before; // the last character outside of strings
  private char prefix; // a letter that may belong to a string
  private PythonString string = PythonString.NONE;

  PythonCall(String name, CallContext context) {
    this.name = name;
    this.context = context;
    output = new CallOutput(context.sink());
    json = new JsonRepairer(context.maxDepth(), this);
    if (!context.declaredOnly()) {
      output.start(name);
    }
    write("{");
  }

  @Override
  public boolean accept(char c) {
    if (string.isOpen()) {
      String text = string.accept(c);
      if (text == null) {
        return false;
      }
      endString(text);
      if (!string.isBehind()) {
        return false;
      }
    }
    between(c);
    return complete;
  }

  private void endString(String text) {
    write(JsonText.quoted(text));
    before = '"';
    if (string.hasLineBreak()) {
      context.repairs().add(Repair.UNESCAPED_CONTROL);
    }
  }

  private void between(char c) {
    if (prefix != 0) {
      char letter = prefix;
      prefix = 0;
      if (c == '"' || c == '\'') {
        string = PythonString.open(c, letter == 'r' || letter == 'R');
        return;
      }
      write(String.valueOf(letter));
      before = letter;
    }
    if (c == '"' || c == '\'') {
      string = PythonString.open(c, false);
      begun = true;
      return;
    }
    if ("rRuU".indexOf(c) >= 0 && !Character.isLetterOrDigit(before) && before != '_') {
      prefix = c;
      return;
    }
    structure(c);
    before = c;
  }

  private void structure(char c) {
    if (!begun && (c == '*' || Character.isWhitespace(c))) {
      return;
    }
    if (depth == 1 && c == (begun ? '}' : '{') && arguments == (begun ? 1 : 0)) {
      arguments++;
      begun = true;
      return;
    }
    begun = true;
    if (arguments == 2 && c != ')' && !Character.isWhitespace(c)) {
      throw new MalformedJsonException("expected ')' instead of " + c);
    }
    switch (c) {
      case '(', '[', '{' -> {
        depth++;
        write(String.valueOf(c));
      }
      case ')', ']', '}' -> close(c);
      case '#', '/' -> throw new MalformedJsonException("expected a literal instead of " + c);
      case '=' -> {
        if (depth > 1 || arguments == 1) {
          throw new MalformedJsonException("expected a literal instead of '='");
        }
        write(": ");
        output.start(name);
      }
      case ':' -> {
        if (depth == 1 && arguments == 0) {
          throw new MalformedJsonException("expected '=' instead of ':'");
        }
        write(":");
      }
      default -> write(String.valueOf(c));
    }
  }

  private void close(char c) {
    if (depth == 1 && c == ')' && arguments != 1) {
      if (!json.accept('}')) { // a typographic quote began a string, or a bracket is wrong
        throw new MalformedJsonException("its arguments have an open string or bracket");
      }
      output.start(name);
      complete = true;
      return;
    }
    if (depth == 1) {
      throw new MalformedJsonException("expected another bracket instead of " + c);
    }
    depth--;
    write(String.valueOf(c));
  }

  private void write(String text) {
    for (int i = 0; i < text.length(); i++) {
      json.accept(text.charAt(i));
    }
  }

  /** Ends the call; the closing parenthesis may be missing if a tag ended the call. */
  @Override
  public void end(boolean terminated) {
    if (string.isOpen()) {
      String text = string.end();
      if (text == null) {
        throw new MalformedJsonException("it ends inside a string");
      }
      endString(text);
    }
    if (!terminated || depth > 1) {
      throw new MalformedJsonException("the answer ends inside its arguments");
    }
    context.repairs().add(Repair.MISSING_BRACE);
    close(')');
  }

  @Override
  public boolean inString() {
    return string.isOpen() && !string.mayEnd();
  }

  @Override
  public boolean hasStarted() {
    return output.hasStarted();
  }

  @Override
  public boolean isTentative() {
    return context.declaredOnly();
  }

  @Override
  public void write(char c) {
    output.write(c);
  }

  /** Ignores repairs of JSON that are valid Python. */
  @Override
  public void repaired(Repair repair) {
    switch (repair) {
      case UNQUOTED_KEY, PYTHON_LITERAL, TRAILING_COMMA, COMMENT, NUMBER_FORMAT -> {}
      default -> context.repairs().add(repair);
    }
  }
}
