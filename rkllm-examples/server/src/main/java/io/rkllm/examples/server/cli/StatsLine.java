package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.chat.AnswerEnd;
import java.util.Locale;

/** Formats the statistics of an answer. */
final class StatsLine {
  private StatsLine() {}

  /** Returns a line such as {@code 12 prompt tokens, 34 new, first after 0.21 s, 29.8 tokens/s}. */
  static String of(AnswerEnd end) {
    StringBuilder line = new StringBuilder();
    line.append(end.promptTokens())
        .append(end.promptTokens() == 1 ? " prompt token, " : " prompt tokens, ")
        .append(end.newTokens())
        .append(" new");
    if (end.newTokens() > 0) {
      line.append(
          String.format(
              Locale.ROOT,
              ", first after %.2f s, %.1f tokens/s",
              end.stats().timeToFirstToken().toNanos() / 1e9,
              end.stats().tokensPerSecond()));
    }
    return switch (end.reason()) {
      case LENGTH -> line.append(", cut off at the limit").toString();
      case CANCELLED -> line.append(", stopped").toString();
      case STOP, TOOL_CALLS -> line.toString();
    };
  }
}
