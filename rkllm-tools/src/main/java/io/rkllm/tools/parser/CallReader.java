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
   * Completes the call at the end of its text.
   *
   * @param terminated whether a closing tag ended it; if false, the answer was cut off and
   *     incomplete values must not be completed
   */
  void end(boolean terminated);

  /** Returns whether a closing tag at this place would be part of the call. */
  boolean inString();

  /** Returns whether the start of the call has been reported to the sink. */
  boolean hasStarted();

  /**
   * Returns whether malformed input is text, as long as the call has not been reported to the sink.
   */
  boolean isTentative();
}
