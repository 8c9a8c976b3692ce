package io.rkllm.tools.parser;

import io.rkllm.tools.internal.json.MalformedJsonException;

/** Reads one tool call. Methods throw {@link MalformedJsonException} when it cannot become one. */
interface CallReader {

  /**
   * Takes the next character.
   *
   * @return whether the call is complete with it
   */
  boolean accept(char c);

  /** Nothing more comes; {@code terminated}: because a tag says so. */
  void end(boolean terminated);

  /** Whether the next character would be part of a string, where anything may stand. */
  boolean inString();

  /** Whether the sink has been told of the call. */
  boolean hasStarted();
}
