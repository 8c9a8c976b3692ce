package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.MalformedJsonException;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a call whose arguments are enclosed in tags. Each argument is passed on when it is
 * complete, since its type depends on all of its text.
 */
final class TaggedCall implements CallReader {
  private static final int MAX_TAG = 512;
  private static final String CDATA = "<![CDATA[";
  private static final String END_CDATA = "]]>";

  private final String name;
  private final ParameterTags tags;
  private final CallContext context;
  private final Pattern opener;
  private final ParameterTypes types;
  private final CallOutput output;
  private final StringBuilder text = new StringBuilder(); // a tag, or a value and its closer
  private final Set<String> keys = new HashSet<>();
  private @Nullable String key; // whose value is being read
  private int lineStart; // where the last line of the value begins

  TaggedCall(String name, ParameterTags tags, CallContext context) {
    this.name = name;
    this.tags = tags;
    this.context = context;
    opener = Pattern.compile(tags.parameter());
    types = context.typesOf(name);
    output = new CallOutput(context.sink());
    if (!context.declaredOnly() && tags.end() != null) {
      output.start(name);
    }
    output.write('{');
  }

  @Override
  public boolean accept(char c) {
    if (key == null) {
      return inTag(c);
    }
    inValue(key, c);
    return false;
  }

  /** A tag between parameters, or a blank before it. */
  @SuppressWarnings("JdkObsolete") // hitEnd is for streams, and this is one
  private boolean inTag(char c) {
    if (text.isEmpty() && Character.isWhitespace(c)) {
      return false;
    }
    text.append(c);
    if (tags.end() != null && tags.end().contentEquals(text)) {
      complete();
      return true;
    }
    Matcher parameter = opener.matcher(text);
    if (parameter.matches()) {
      beginValue(parameter.group("key").strip());
      return false;
    }
    boolean mayEnd = tags.end() != null && Tags.isPartOf(text, tags.end());
    if (text.length() > MAX_TAG || (!parameter.hitEnd() && !mayEnd)) {
      throw new MalformedJsonException(
          "expected the tag of a parameter instead of " + text.substring(0, shown()));
    }
    return false;
  }

  private int shown() {
    int length = Math.min(text.length(), 40);
    return Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
  }

  private void beginValue(String key) {
    if (!keys.add(key)) {
      throw new MalformedJsonException("it has the parameter " + key + " twice");
    }
    this.key = key;
    text.setLength(0);
    lineStart = 0;
    output.start(name);
  }

  private void inValue(String key, char c) {
    text.append(c);
    if (c == '\n') {
      lineStart = text.length();
    } else if (c == '>') {
      if (endsWith(tags.closer())) {
        endValue(key, text.length() - tags.closer().length());
      } else if (text.length() - lineStart <= MAX_TAG) {
        nextWithoutCloser(key);
      }
    }
  }

  /**
   * Begins another parameter after a line that opens it although the closer of this one is missing.
   */
  private void nextWithoutCloser(String key) {
    String line = text.substring(lineStart);
    Matcher next = opener.matcher(line.stripLeading());
    if (lineStart > 0 && line.indexOf('<') >= 0 && next.matches()) {
      context.repairs().add(Repair.MISSING_TAG);
      String nextKey = next.group("key").strip();
      endValue(key, lineStart);
      beginValue(nextKey);
    }
  }

  private boolean endsWith(String tag) {
    int from = text.length() - tag.length();
    return from >= 0 && text.indexOf(tag, from) == from;
  }

  private void endValue(String key, int length) {
    String value = text.substring(0, length);
    text.setLength(0);
    this.key = null;
    output.write(keys.size() == 1 ? "" : ", ");
    output.write(JsonText.quoted(key) + ": ");
    output.write(types.json(key, trimmed(value), context.maxDepth()));
  }

  /** Returns a value without the line breaks next to its tags, and without marks of raw text. */
  private static String trimmed(String value) {
    String stripped = value.strip();
    if (stripped.startsWith(CDATA) && stripped.endsWith(END_CDATA)) {
      return stripped.substring(CDATA.length(), stripped.length() - END_CDATA.length());
    }
    int from = value.startsWith("\r\n") ? 2 : value.startsWith("\n") ? 1 : 0;
    int to = value.length() - (value.endsWith("\r\n") ? 2 : value.endsWith("\n") ? 1 : 0);
    return from < to ? value.substring(from, to) : "";
  }

  private void complete() {
    output.start(name);
    output.write('}');
  }

  /**
   * Ends the call. The closer of a block ends the last value and the call, even if their own
   * closing tags are missing.
   */
  @Override
  public void end(boolean terminated) {
    String end = tags.end();
    boolean endsCall = end != null && key != null && text.toString().stripTrailing().endsWith(end);
    if (!terminated && !endsCall) {
      throw new MalformedJsonException("the answer ends inside it");
    }
    if (key != null) {
      int length =
          text.toString().stripTrailing().length() - (endsCall && end != null ? end.length() : 0);
      context.repairs().add(Repair.MISSING_TAG);
      endValue(key, length);
    } else if (!text.isEmpty()) {
      throw new MalformedJsonException("it ends inside a tag");
    } else if (end != null) {
      context.repairs().add(Repair.MISSING_TAG);
    }
    if (keys.isEmpty() && end == null && !context.isDeclared(name)) {
      throw new MalformedJsonException("there is no tool " + name);
    }
    complete();
  }

  @Override
  public boolean inString() {
    return false;
  }

  @Override
  public boolean hasStarted() {
    return output.hasStarted();
  }

  /**
   * Returns whether the call is uncertain: a name without a tag is certain only if it is that of a
   * declared tool, or when a parameter follows.
   */
  @Override
  public boolean isTentative() {
    return (tags.end() == null && !context.isDeclared(name)) || context.declaredOnly();
  }
}
