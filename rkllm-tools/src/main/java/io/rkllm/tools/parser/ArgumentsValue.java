package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.BrokenJson;
import io.rkllm.tools.internal.json.JsonMender;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The value of a call's arguments, as strict JSON: an object goes through as it is; a string that
 * holds one is unpacked, also when it was packed several times; nothing counts as an empty object.
 */
final class ArgumentsValue {
  private static final int MAX_PACKINGS = 4;
  private static final String EMPTY = "{}";

  private final CharSink target;
  private final Set<Repair> repairs;
  private final int maxDepth;
  private final int packings;
  private Kind kind = Kind.UNKNOWN;
  private @Nullable StringContent string;
  private @Nullable Packed packed;

  private enum Kind {
    UNKNOWN,
    OBJECT,
    STRING,
    NULL
  }

  ArgumentsValue(CharSink target, Set<Repair> repairs, int maxDepth) {
    this(target, repairs, maxDepth, 0);
  }

  private ArgumentsValue(CharSink target, Set<Repair> repairs, int maxDepth, int packings) {
    this.target = target;
    this.repairs = repairs;
    this.maxDepth = maxDepth;
    this.packings = packings;
  }

  /** The next character of the value. */
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
              throw new BrokenJson("the arguments must be a JSON object, but begin with " + c);
        };
    if (kind == Kind.STRING) {
      if (packings == MAX_PACKINGS) {
        throw new BrokenJson("the arguments must be a JSON object, not a string");
      }
      repairs.add(Repair.ENCODED_ARGUMENTS);
      packed = new Packed();
      string = new StringContent(packed::unpacked);
    }
  }

  /** The value is complete. */
  void end() {
    if (packed != null) {
      packed.end();
    } else if (kind != Kind.OBJECT) {
      repairs.add(Repair.NO_ARGUMENTS);
      EMPTY.chars().forEach(c -> target.write((char) c));
    }
  }

  /** JSON inside a string: mended like any other. */
  private final class Packed implements JsonMender.Target {
    private final JsonMender mender = new JsonMender(maxDepth, this);
    private final ArgumentsValue inner =
        new ArgumentsValue(target, repairs, maxDepth, packings + 1);
    private boolean begun;
    private boolean complete;

    @Override
    public void write(char c) {
      inner.accept(c);
    }

    @Override
    public void mended(Repair repair) {
      repairs.add(repair);
    }

    /** The next character of the text in the string. */
    void unpacked(char c) {
      if (c <= ' ' && (!begun || complete)) {
        return;
      }
      begun = true;
      complete = mender.accept(c);
    }

    void end() {
      if (begun) {
        mender.end(true);
      }
      inner.end();
    }
  }
}
