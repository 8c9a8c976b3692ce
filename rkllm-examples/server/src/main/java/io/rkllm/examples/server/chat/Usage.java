package io.rkllm.examples.server.chat;

import io.rkllm.GenerationStats;
import io.rkllm.examples.server.model.RenderedPrompt;

/** Counts tokens. */
final class Usage {
  private Usage() {}

  /**
   * Returns the length of a prompt: as the tokenizer counts it, or else as the runtime does, which
   * knows what its cache holds of it or at least what it processed.
   */
  static int promptTokens(RenderedPrompt prompt, GenerationStats stats) {
    if (prompt.tokens().isPresent()) {
      return prompt.tokens().getAsInt();
    }
    return stats.promptTokens().orElse(stats.prefillTokens().orElse(0));
  }
}
