package io.rkllm.tools.internal.json;

/** A string, a word, or a comment that is being read, after its first character. */
sealed interface JsonToken permits JsonComment, JsonString, JsonWord {

  /** The effect of a character on a token. */
  enum Step {
    /** The token continues. */
    MORE,
    /** The token ends with the character. */
    LAST,
    /** The token has ended before the character. */
    BEFORE
  }

  /** Accepts the next character. */
  Step accept(char c);

  /**
   * Ends the token where the input ends.
   *
   * @param terminated whether a closing tag follows, so that nothing can have been cut off
   * @throws MalformedJsonException if the token is not complete
   */
  void end(boolean terminated);
}
