package io.rkllm.tools.event;

/** An error in a tool call that could be repaired without ambiguity. */
public enum Repair {
  /** A comma before a closing brace or bracket. */
  TRAILING_COMMA,
  /** A missing comma between two values. */
  MISSING_COMMA,
  /** A comma, a colon, or a space outside of ASCII, such as {@code ，} or a no-break space. */
  UNICODE_SEPARATOR,
  /** A comment. */
  COMMENT,
  /** Strings in single quotes. */
  SINGLE_QUOTES,
  /** Strings in typographic quotes. */
  TYPOGRAPHIC_QUOTES,
  /** A key without quotes. */
  UNQUOTED_KEY,
  /** A line break or another control character inside a string. */
  UNESCAPED_CONTROL,
  /** A backslash before something that cannot be escaped. */
  INVALID_ESCAPE,
  /** A literal of another language, such as {@code True}, {@code None}, or {@code (1, 2)}. */
  PYTHON_LITERAL,
  /** A number such as {@code .5}, {@code 5.} or {@code +5}. */
  NUMBER_FORMAT,
  /** Missing closing braces or brackets. */
  MISSING_BRACE,
  /** More closing braces or brackets than were open. */
  EXTRA_BRACE,
  /** A closing tag that never came. */
  MISSING_TAG,
  /** The quotes of an object were escaped as they are inside a string: <code>{\"a\": 1}</code>. */
  ESCAPED_QUOTES,
  /** Arguments given as a string that contains JSON, possibly encoded several times. */
  ENCODED_ARGUMENTS,
  /** Arguments beside the name instead of in their own object. */
  FLAT_ARGUMENTS,
  /** Missing or {@code null} arguments, replaced by an empty object. */
  NO_ARGUMENTS
}
