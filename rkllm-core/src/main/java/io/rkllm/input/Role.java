package io.rkllm.input;

import java.util.Locale;

/** The role of a message's author. */
public enum Role {
  /** Instructions that precede the conversation. */
  SYSTEM,
  /** The user. */
  USER,
  /** The model. */
  ASSISTANT,
  /** A tool, whose result the message contains. */
  TOOL;

  /** Returns the name used by chat templates and the runtime, such as {@code user}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
