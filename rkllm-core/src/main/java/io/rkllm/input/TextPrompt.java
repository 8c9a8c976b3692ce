package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * A text to answer: {@code RKLLM_INPUT_PROMPT}. The chat template or chat format wraps it.
 *
 * <p>The tags {@code <image>}, {@code <video>} and {@code <audio>} in it reach the runtime with a
 * space after the {@code <}, as in {@code < image>}, since it would look for embeddings to put
 * there.
 *
 * @param text the text; not empty, without NUL characters and lone surrogates
 * @param role who says it: {@link Role#USER} or {@link Role#TOOL}, the two that the runtime knows
 * @param thinking whether the model should think before it answers ({@code enable_thinking});
 *     models whose template does not know of thinking take no notice
 */
public record TextPrompt(String text, Role role, boolean thinking) implements Input {

  /**
   * Checks the text and the role.
   *
   * @throws IllegalArgumentException if one of them cannot be given to the runtime
   */
  public TextPrompt {
    Check.nonEmptyText("prompt", text);
    Check.promptRole(role);
  }

  /** A user's text, without thinking. */
  public static TextPrompt of(String text) {
    return new TextPrompt(text, Role.USER, false);
  }

  /** The same text said by another. */
  public TextPrompt withRole(Role role) {
    return new TextPrompt(text, role, thinking);
  }

  /** The same text, with thinking switched on or off. */
  public TextPrompt withThinking(boolean thinking) {
    return new TextPrompt(text, role, thinking);
  }
}
