package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * A template of the caller's for the runtime to wrap prompts in, instead of the model's own: {@code
 * rkllm_set_chat_template}.
 *
 * @param systemPrompt what the model is told before the conversation, control tokens included; may
 *     be empty
 * @param prefix put before each prompt; may be empty
 * @param postfix put after each prompt, where the answer begins; may be empty
 */
public record ChatTemplate(String systemPrompt, String prefix, String postfix) {
  /** Nothing at all: prompts go in as they are. */
  public static final ChatTemplate NONE = new ChatTemplate("", "", "");

  /**
   * Checks the texts.
   *
   * @throws IllegalArgumentException if one has a NUL character or a lone surrogate
   */
  public ChatTemplate {
    Check.text("systemPrompt", systemPrompt);
    Check.text("prefix", prefix);
    Check.text("postfix", postfix);
  }
}
