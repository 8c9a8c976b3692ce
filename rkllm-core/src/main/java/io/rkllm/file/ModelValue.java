package io.rkllm.file;

import java.util.List;

/** The value of an entry of a model file. */
public sealed interface ModelValue {
  /**
   * A text.
   *
   * @param value the text; bytes that are not valid UTF-8 appear as U+FFFD
   */
  record Text(String value) implements ModelValue {}

  /**
   * A whole number.
   *
   * @param value the number; an unsigned 64-bit number of 2⁶³ or more appears negative, as in
   *     {@link Long#parseUnsignedLong}
   */
  record Whole(long value) implements ModelValue {}

  /**
   * A floating-point number.
   *
   * @param value the number, which may be infinite or NaN
   */
  record Real(double value) implements ModelValue {}

  /**
   * A Boolean value.
   *
   * @param value the value
   */
  record Flag(boolean value) implements ModelValue {}

  /**
   * An array.
   *
   * @param values the elements, all of the same type
   */
  record Items(List<ModelValue> values) implements ModelValue {
    /** Creates an array, copying the list. */
    public Items {
      values = List.copyOf(values);
    }
  }
}
