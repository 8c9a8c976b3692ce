package io.rkllm.examples.server.ollama;

import io.rkllm.GenerationStats;
import io.rkllm.examples.server.chat.AnswerEnd;
import tools.jackson.databind.node.ObjectNode;

/** Counts and durations of an answer. Durations are in nanoseconds. */
final class ReplyMetrics {
  private ReplyMetrics() {}

  static ObjectNode add(ObjectNode reply, AnswerEnd end) {
    GenerationStats stats = end.stats();
    long total =
        end.loadTime().plus(stats.queueTime()).plus(stats.runTime()).toNanos(); // with queueing
    return reply
        .put("total_duration", total)
        .put("load_duration", end.loadTime().toNanos())
        .put("prompt_eval_count", end.promptTokens())
        .put("prompt_eval_duration", stats.prefillTime().orElse(stats.timeToFirstToken()).toNanos())
        .put("eval_count", end.newTokens())
        .put("eval_duration", stats.decodeTime().toNanos());
  }
}
