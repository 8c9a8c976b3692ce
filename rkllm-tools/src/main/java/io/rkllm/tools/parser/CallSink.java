package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import java.util.Set;

/** Who is told of the tool calls that are found. */
interface CallSink {
  /** A call has begun. */
  void started(String name);

  /** The next character of its arguments. */
  void argument(char c);

  /** The character being read is not part of the arguments after all, whatever it completed. */
  void rejected();

  /** The call is complete. */
  void completed(Set<Repair> repairs);

  /** The call, if one had started, or what was to become one, is none. */
  void malformed(String reason);
}
