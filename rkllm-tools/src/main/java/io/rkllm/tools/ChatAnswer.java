package io.rkllm.tools;

import io.rkllm.FinishReason;
import io.rkllm.GenerationStats;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.Check;
import java.util.List;

/**
 * The answer of a {@link ChatTurn}.
 *
 * @param text the text for the user, without thinking and tool calls; calls that could not be
 *     parsed are part of it. If the turn has a schema and this is a complete answer without calls,
 *     the text is the validated JSON
 * @param thinking the thinking, without tags; may be empty
 * @param calls the complete tool calls; may be empty
 * @param finishReason the reason why the answer ended
 * @param promptTokens the number of tokens in the prompts of the turn, as far as the runtime
 *     reports them
 * @param generatedTokens the number of tokens generated in the turn, including an answer that
 *     violated the schema
 * @param stats the statistics of the last generation of the turn
 */
public record ChatAnswer(
    String text,
    String thinking,
    List<ToolCall> calls,
    FinishReason finishReason,
    int promptTokens,
    int generatedTokens,
    GenerationStats stats) {

  /** Copies the list. */
  public ChatAnswer {
    calls = Check.copy("calls", calls);
  }

  /**
   * Returns whether the model ended its answer with tool calls, to be run before the next turn. The
   * calls of an answer that was cut off should not be run.
   */
  public boolean callsTools() {
    return finishReason == FinishReason.STOP && !calls.isEmpty();
  }

  /** Returns whether the answer ended by itself and calls no tool. */
  boolean isComplete() {
    return finishReason == FinishReason.STOP && calls.isEmpty();
  }

  ChatAnswer withText(String other) {
    return new ChatAnswer(
        other, thinking, calls, finishReason, promptTokens, generatedTokens, stats);
  }

  /** Returns this answer with the tokens of an earlier one of the same turn added. */
  ChatAnswer after(ChatAnswer earlier) {
    return new ChatAnswer(
        text,
        thinking,
        calls,
        finishReason,
        earlier.promptTokens + promptTokens,
        earlier.generatedTokens + generatedTokens,
        stats);
  }
}
