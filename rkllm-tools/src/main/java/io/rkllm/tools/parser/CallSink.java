package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import java.util.Set;

/** Takes the tool calls that are found. */
interface CallSink {
  /** A call has begun. */
  void started(String name);

  /** Takes the next character of the arguments. */
  void argument(char c);

  /**
   * The character being read belongs to no arguments, whatever it completed; neither do the last
   * {@code seen} characters before it.
   */
  void rejected(int seen);

  /** The call is complete. */
  void completed(Set<Repair> repairs);

  /** The call, or what began as one, cannot be read. */
  void malformed(String reason);
}
