package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * A text that is passed to the model unchanged ({@code RKLLM_INPUT_PROMPT} without a template).
 * Control tokens in it are interpreted, so it must not contain untrusted text. Only the tags {@code
 * <image>}, {@code <video>} and {@code <audio>} are altered: a space is inserted after the {@code
 * <}, as in {@link TextPrompt}.
 *
 * <p>Requires a model that was loaded with a {@linkplain io.rkllm.RkllmModel.Builder#chatFormat
 * chat format}. Without one, the runtime would apply its own template, so the call throws {@link
 * IllegalArgumentException}.
 *
 * @param text the text; not empty, without NUL characters and unpaired surrogates
 * @param writesBeginToken whether the text already begins with the token that begins a sequence, as
 *     with {@link io.rkllm.chat.ChatFormat#writesBeginToken}; otherwise, the tokenizer adds it if
 *     the model has one. It applies if the SDK converts the text to token ids, not if the runtime
 *     does
 */
public record RawPrompt(String text, boolean writesBeginToken) implements Input {

  /**
   * Creates a prompt.
   *
   * @throws IllegalArgumentException if the text cannot be passed to the runtime
   */
  public RawPrompt {
    Check.nonEmptyText("prompt", text);
  }

  /** Returns a prompt with the given text, to which the tokenizer adds the begin token. */
  public static RawPrompt of(String text) {
    return new RawPrompt(text, /* writesBeginToken= */ false);
  }
}
