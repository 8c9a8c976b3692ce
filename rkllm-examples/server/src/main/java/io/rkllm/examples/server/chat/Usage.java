package io.rkllm.examples.server.chat;

import io.rkllm.GenerationStats;
import io.rkllm.examples.server.model.RenderedPrompt;

/** Counts of tokens. */
final class Usage {
  private Usage() {}

  /**
   * How long a prompt was: by the tokenizer, else by what the runtime's cache holds of it, else by
   * what the runtime processed of it.
   */
  static int promptTokens(RenderedPrompt prompt, GenerationStats stats) {
    if (prompt.tokens().isPresent()) {
      return prompt.tokens().getAsInt();
    }
    return stats.promptTokens().orElse(stats.prefillTokens().orElse(0));
  }
}
