package io.rkllm.examples.chat;

import io.rkllm.GenerationResult;
import io.rkllm.GenerationStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Formats the statistics of an answer in one line: {@code 12 prompt tokens, 34 new, first after
 * 0.21 s, 29.8 tokens/s}.
 */
final class StatsLine {
  private StatsLine() {}

  static String of(GenerationResult result) {
    GenerationStats stats = result.stats();
    List<String> parts = new ArrayList<>();
    stats
        .prefillTokens()
        .ifPresent(
            tokens -> parts.add(tokens + (tokens == 1 ? " prompt token" : " prompt tokens")));
    parts.add(stats.generatedTokens() + " new");
    if (stats.generatedTokens() > 0) {
      parts.add(format("first after %.2f s", stats.timeToFirstToken().toNanos() / 1e9));
      parts.add(format("%.1f tokens/s", stats.tokensPerSecond()));
    }
    switch (result.finishReason()) {
      case LENGTH -> parts.add("cut off at the limit");
      case CANCELLED, MODEL_CLOSED -> parts.add("stopped");
      case STOP, PAUSED -> {}
    }
    return String.join(", ", parts);
  }

  private static String format(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
