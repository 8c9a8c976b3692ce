package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * A text that goes to the model as it is: {@code RKLLM_INPUT_PROMPT} without a template. Control
 * tokens in it are read as such, so it must not hold text of somebody who is not trusted. Only the
 * tags {@code <image>}, {@code <video>} and {@code <audio>} are changed: they get a space after the
 * {@code <}, as in {@link TextPrompt}.
 *
 * <p>For a model that was loaded with a {@linkplain io.rkllm.RkllmModel.Builder#chatFormat chat
 * format}: without one, the runtime's own template would wrap it, and there the call throws {@link
 * IllegalArgumentException}.
 *
 * @param text the text; not empty, without NUL characters and lone surrogates
 */
public record RawPrompt(String text) implements Input {

  /**
   * Checks the text.
   *
   * @throws IllegalArgumentException if it cannot be given to the runtime
   */
  public RawPrompt {
    Check.nonEmptyText("prompt", text);
  }

  /** A text as it is. */
  public static RawPrompt of(String text) {
    return new RawPrompt(text);
  }
}
