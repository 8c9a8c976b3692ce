package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import java.util.Set;

/** Takes the tool calls that are found. */
interface CallSink {
  /** Called when a call has begun. */
  void started(String name);

  /** Takes the next character of the arguments. */
  void argument(char c);

  /**
   * Reports that the character being read belongs to no arguments, even if it completed some, and
   * neither do the last {@code seen} characters before it.
   */
  void rejected(int seen);

  /** Called when the call is complete. */
  void completed(Set<Repair> repairs);

  /** Called when the call, or text that began like one, is malformed. */
  void malformed(String reason);
}
