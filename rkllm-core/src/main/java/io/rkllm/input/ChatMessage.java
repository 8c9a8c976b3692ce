package io.rkllm.input;

import io.rkllm.internal.Check;

/**
 * One message of a conversation.
 *
 * @param role who says it
 * @param text what is said; may be empty, without NUL characters and lone surrogates
 */
public record ChatMessage(Role role, String text) {
  /**
   * Checks both.
   *
   * @throws IllegalArgumentException if the text cannot be given to the runtime
   */
  public ChatMessage {
    Check.nonNull("role", role);
    Check.text("message", text);
  }
}
