package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * A text to answer ({@code RKLLM_INPUT_PROMPT}). The chat template or chat format is applied to it.
 *
 * <p>In the tags {@code <image>}, {@code <video>} and {@code <audio>}, a space is inserted after
 * the {@code <}, as in {@code < image>}, because the runtime would expect embeddings there.
 *
 * @param text the text; not empty, without NUL characters and unpaired surrogates
 * @param role the role of the author: {@link Role#USER} or {@link Role#TOOL}, which are the two
 *     that the runtime supports
 * @param thinking whether the model should think before it answers ({@code enable_thinking});
 *     ignored by models whose template does not support it
 */
public record TextPrompt(String text, Role role, boolean thinking) implements Input {

  /**
   * Creates a prompt.
   *
   * @throws IllegalArgumentException if the text or the role cannot be passed to the runtime
   */
  public TextPrompt {
    Check.nonEmptyText("prompt", text);
    Check.promptRole(role);
  }

  /** Returns a user's prompt without thinking. */
  public static TextPrompt of(String text) {
    return new TextPrompt(text, Role.USER, false);
  }

  /** Returns a copy of this prompt with another role. */
  public TextPrompt withRole(Role role) {
    return new TextPrompt(text, role, thinking);
  }

  /** Returns a copy of this prompt with thinking enabled or disabled. */
  public TextPrompt withThinking(boolean thinking) {
    return new TextPrompt(text, role, thinking);
  }
}
