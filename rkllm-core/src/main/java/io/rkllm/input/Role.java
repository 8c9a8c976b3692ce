package io.rkllm.input;

import java.util.Locale;

/** Who speaks. */
public enum Role {
  /** Instructions that stand before the conversation. */
  SYSTEM,
  /** The user. */
  USER,
  /** The model. */
  ASSISTANT,
  /** The result of a tool call. */
  TOOL;

  /** The name that chat templates and the runtime use, such as {@code user}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
