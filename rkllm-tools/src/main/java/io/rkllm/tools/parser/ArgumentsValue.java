package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.JsonRepairer;
import io.rkllm.tools.internal.json.MalformedJsonException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The value of a call's arguments, as strict JSON: an object is passed on unchanged; a string that
 * contains an object is decoded, even if it was encoded several times; a missing value becomes an
 * empty object.
 */
final class ArgumentsValue {
  private static final int MAX_ENCODINGS = 4;
  private static final String EMPTY = "{}";

  private final CharSink target;
  private final Set<Repair> repairs;
  private final int maxDepth;
  private final int encodings;
  private Kind kind = Kind.UNKNOWN;
  private @Nullable StringDecoder string;
  private @Nullable EncodedValue encoded;

  private enum Kind {
    UNKNOWN,
    OBJECT,
    STRING,
    NULL
  }

  ArgumentsValue(CharSink target, Set<Repair> repairs, int maxDepth) {
    this(target, repairs, maxDepth, 0);
  }

  private ArgumentsValue(CharSink target, Set<Repair> repairs, int maxDepth, int encodings) {
    this.target = target;
    this.repairs = repairs;
    this.maxDepth = maxDepth;
    this.encodings = encodings;
  }

  /** Accepts the next character of the value. */
  void accept(char c) {
    if (kind == Kind.UNKNOWN && c > ' ') {
      begin(c);
    }
    if (kind == Kind.OBJECT) {
      target.write(c);
    } else if (string != null) {
      string.accept(c);
    }
  }

  private void begin(char c) {
    kind =
        switch (c) {
          case '{' -> Kind.OBJECT;
          case '"' -> Kind.STRING;
          case 'n' -> Kind.NULL;
          default ->
              throw new MalformedJsonException(
                  "the arguments must be a JSON object, but begin with " + c);
        };
    if (kind == Kind.STRING) {
      if (encodings == MAX_ENCODINGS) {
        throw new MalformedJsonException("the arguments must be a JSON object, not a string");
      }
      repairs.add(Repair.ENCODED_ARGUMENTS);
      encoded = new EncodedValue();
      string = new StringDecoder(encoded::decoded);
    }
  }

  /** Completes the value. */
  void end() {
    if (encoded != null) {
      encoded.end();
    } else if (kind != Kind.OBJECT) {
      repairs.add(Repair.NO_ARGUMENTS);
      EMPTY.chars().forEach(c -> target.write((char) c));
    }
  }

  /** JSON inside a string, repaired like other JSON. */
  private final class EncodedValue implements JsonRepairer.Target {
    private final JsonRepairer repairer = new JsonRepairer(maxDepth, this);
    private final ArgumentsValue inner =
        new ArgumentsValue(target, repairs, maxDepth, encodings + 1);
    private boolean begun;
    private boolean complete;

    @Override
    public void write(char c) {
      inner.accept(c);
    }

    @Override
    public void repaired(Repair repair) {
      repairs.add(repair);
    }

    /** Accepts the next character of the decoded string. */
    void decoded(char c) {
      if (c <= ' ' && (!begun || complete)) {
        return;
      }
      begun = true;
      complete = repairer.accept(c);
    }

    void end() {
      if (begun) {
        repairer.end(true);
      }
      inner.end();
    }
  }
}
