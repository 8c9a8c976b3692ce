package io.rkllm.tools.event;

/** An error in a tool call that could be repaired without ambiguity. */
public enum Repair {
  /** A comma before a closing brace or bracket. */
  TRAILING_COMMA,
  /** No comma between two values. */
  MISSING_COMMA,
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
  /** {@code True}, {@code False} or {@code None}. */
  PYTHON_LITERAL,
  /** A number such as {@code .5}, {@code 5.} or {@code +5}. */
  NUMBER_FORMAT,
  /** Closing braces or brackets that never came. */
  MISSING_BRACE,
  /** More closing braces or brackets than were open. */
  EXTRA_BRACE,
  /** A closing tag that never came. */
  MISSING_TAG,
  /** Arguments given as a string that holds JSON, once or more than once. */
  ENCODED_ARGUMENTS,
  /** Arguments that stood beside the name instead of in an object of their own. */
  FLAT_ARGUMENTS,
  /** No arguments at all, or {@code null}; taken as an empty object. */
  NO_ARGUMENTS
}
