package io.rkllm.tools.event;

/** What was wrong with a tool call and could be mended without guessing at what was meant. */
public enum Repair {
  /** A comma before a closing brace or bracket. */
  TRAILING_COMMA,
  /** Strings in single quotes. */
  SINGLE_QUOTES,
  /** A key without quotes. */
  UNQUOTED_KEY,
  /** A line break or another control character inside a string. */
  UNESCAPED_CONTROL,
  /** A backslash before something that cannot be escaped. */
  INVALID_ESCAPE,
  /** {@code True}, {@code False} or {@code None}. */
  PYTHON_LITERAL,
  /** Closing braces or brackets that never came. */
  MISSING_BRACE,
  /** More closing braces or brackets than were open. */
  EXTRA_BRACE,
  /** A closing tag that never came. */
  MISSING_TAG,
  /** Arguments given as a string that holds JSON, once or more than once. */
  ENCODED_ARGUMENTS,
  /** No arguments at all, or {@code null}; taken as an empty object. */
  NO_ARGUMENTS
}
