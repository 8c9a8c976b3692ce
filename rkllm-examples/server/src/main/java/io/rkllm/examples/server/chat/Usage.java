package io.rkllm.examples.server.chat;

import io.rkllm.GenerationStats;
import io.rkllm.examples.server.model.RenderedPrompt;

/** Counts tokens. */
final class Usage {
  private Usage() {}

  /**
   * Returns the length of a prompt: as counted by the tokenizer, or else by the runtime, which
   * knows how much of it the cache holds, or at least how much it processed.
   */
  static int promptTokens(RenderedPrompt prompt, GenerationStats stats) {
    if (prompt.tokens().isPresent()) {
      return prompt.tokens().getAsInt();
    }
    return stats.promptTokens().orElse(stats.prefillTokens().orElse(0));
  }
}
