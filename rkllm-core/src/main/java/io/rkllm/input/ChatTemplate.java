package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * A chat template that the runtime applies to prompts instead of the model's own ({@code
 * rkllm_set_chat_template}).
 *
 * @param systemPrompt the text before the conversation, including control tokens; possibly empty
 * @param prefix the text before each prompt; possibly empty
 * @param postfix the text after each prompt, before the answer; possibly empty
 */
public record ChatTemplate(String systemPrompt, String prefix, String postfix) {
  /** The empty template, with which prompts are passed on unchanged. */
  public static final ChatTemplate NONE = new ChatTemplate("", "", "");

  /**
   * Creates a template.
   *
   * @throws IllegalArgumentException if a text contains a NUL character or an unpaired surrogate
   */
  public ChatTemplate {
    Check.text("systemPrompt", systemPrompt);
    Check.text("prefix", prefix);
    Check.text("postfix", postfix);
  }
}
