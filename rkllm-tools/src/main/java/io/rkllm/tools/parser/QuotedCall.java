package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.JsonRepairer;
import io.rkllm.tools.internal.json.MalformedJsonException;
import java.util.regex.Pattern;

/**
 * Reads the arguments of a call whose name precedes them and whose arguments are an object in the
 * notation of Gemma: {@code {key:<|"|>text<|"|>,other:[1,true]}}. A word without the quotes, which
 * are special tokens and may be missing, is also a string. JSON strings are accepted, too.
 */
final class QuotedCall implements CallReader, JsonRepairer.Target {
  private static final Pattern LITERAL =
      Pattern.compile("true|false|null|[+-]?[0-9.]+([eE][+-]?[0-9]+)?");

  private final TagMatcher quote;
  private final String quoteTag;
  private final CallContext context;
  private final JsonRepairer json;
  private final StringBuilder word = new StringBuilder(); // a key or value without quotes, or text
  private State state = State.BETWEEN;

  private enum State {
    BETWEEN,
    WORD,
    QUOTE, // the quote has begun that begins a string
    STRING
  }

  QuotedCall(String name, String quote, CallContext context) {
    this.quote = new TagMatcher(quote);
    this.quoteTag = quote;
    this.context = context;
    json = new JsonRepairer(context.maxDepth(), this);
    context.sink().started(name);
  }

  @Override
  public boolean accept(char c) {
    return switch (state) {
      case BETWEEN -> between(c);
      case WORD -> inWord(c);
      case QUOTE -> inQuote(c);
      case STRING -> inText(c);
    };
  }

  private boolean between(char c) {
    if (json.inString() || Character.isWhitespace(c) || "{}[],:\"".indexOf(c) >= 0) {
      return json.accept(c);
    }
    word.setLength(0);
    word.append(c);
    if (quote.continuesWith(c)) {
      quote.accept(c);
      state = State.QUOTE;
    } else {
      state = State.WORD;
    }
    return false;
  }

  private boolean inQuote(char c) {
    word.append(c);
    if (!quote.continuesWith(c)) {
      throw new MalformedJsonException("expected a value or " + quoteTag + " instead of " + word);
    }
    if (quote.accept(c)) {
      word.setLength(0);
      state = State.STRING;
    }
    return false;
  }

  private boolean inText(char c) {
    word.append(c);
    if (quote.accept(c)) {
      word.setLength(word.length() - quoteTag.length());
      state = State.BETWEEN;
      return write(JsonText.quoted(word.toString()));
    }
    return false;
  }

  private boolean inWord(char c) {
    if ("{}[],:\"".indexOf(c) < 0) {
      word.append(c);
      return false;
    }
    state = State.BETWEEN;
    String text = word.toString().strip();
    boolean isLiteral = c != ':' && LITERAL.matcher(text).matches();
    boolean complete = write(isLiteral ? text : JsonText.quoted(text));
    return complete || json.accept(c);
  }

  private boolean write(String text) {
    boolean complete = false;
    for (int i = 0; i < text.length(); i++) {
      complete = json.accept(text.charAt(i));
    }
    return complete;
  }

  @Override
  public void end(boolean terminated) {
    if (state == State.STRING || state == State.QUOTE) {
      throw new MalformedJsonException("it ends inside a string");
    }
    if (!terminated) {
      throw new MalformedJsonException("the answer ends inside its arguments");
    }
    if (state == State.WORD) {
      inWord(',');
    }
    json.end(true);
  }

  @Override
  public boolean inString() {
    return state == State.STRING || json.inString();
  }

  @Override
  public boolean hasStarted() {
    return true;
  }

  @Override
  public boolean isTentative() {
    return false;
  }

  @Override
  public void write(char c) {
    context.sink().argument(c);
  }

  @Override
  public void repaired(Repair repair) {
    context.repairs().add(repair);
  }
}
