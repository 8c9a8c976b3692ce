package io.rkllm.tools.parser;

import io.rkllm.tools.internal.json.MalformedJsonException;

/** Reads one tool call. Its methods throw {@link MalformedJsonException} if it cannot be one. */
interface CallReader {

  /**
   * Takes the next character.
   *
   * @return whether the call is complete with it
   */
  boolean accept(char c);

  /**
   * Completes the call, since nothing more of it comes.
   *
   * @param terminated whether a closing tag says so; otherwise the answer has ended, and what it
   *     has not completed must not be completed for it
   */
  void end(boolean terminated);

  /** Returns whether a closing tag at this place would be part of the call. */
  boolean inString();

  /** Returns whether the sink has been told of the call. */
  boolean hasStarted();

  /** Returns whether what cannot be read is text, as long as the sink has not been told of it. */
  boolean isTentative();
}
