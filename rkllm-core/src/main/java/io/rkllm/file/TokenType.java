package io.rkllm.file;

/** The kinds of tokens in a vocabulary. Their ordinals are the numbers in a file. */
public enum TokenType {
  /** Not specified, or an unknown number. */
  UNDEFINED,
  /** A piece of text. */
  NORMAL,
  /** The token for text that is not in the vocabulary. */
  UNKNOWN,
  /** A control token, such as the beginning of a turn; not part of ordinary text. */
  CONTROL,
  /** A token that was added to the vocabulary and is matched in text before all others. */
  USER_DEFINED,
  /** A token without a use. */
  UNUSED,
  /** A single byte, such as {@code <0x0A>}. */
  BYTE;

  private static final TokenType[] ALL = values();

  static TokenType of(int number) {
    return number > 0 && number < ALL.length ? ALL[number] : UNDEFINED;
  }
}
