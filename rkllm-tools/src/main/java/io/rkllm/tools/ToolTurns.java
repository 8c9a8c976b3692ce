package io.rkllm.tools;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.chat.ChatMessage;
import io.rkllm.tools.parser.ParserOptions;
import java.util.List;

/**
 * Passes tools, questions, and results to a model. All methods except {@link #close} are called by
 * one thread at a time.
 */
sealed interface ToolTurns permits NativeTurns, FormattedTurns {

  /** Begins the turn of a question. */
  Generation ask(String question, GenerationOptions options);

  /**
   * Begins the turn that follows tool calls.
   *
   * @param results the results of the calls, in the order of the calls
   * @param malformed error messages about calls that could not be parsed
   */
  Generation report(
      List<ChatMessage.ToolResult> results, List<String> malformed, GenerationOptions options);

  /** Returns how to parse the answer of the turn that began last. */
  ParserOptions parserOptions();

  /**
   * Records that the turn that began last has ended without failing.
   *
   * @param said the model's answer
   */
  void turnEnded(GenerationResult result, ChatMessage.Assistant said);

  /** Records the results of the last answer's calls, which no further turn reports. */
  void endWithResults(List<ChatMessage.ToolResult> results);

  /** Records that the question has failed, and removes it from the history if possible. */
  void questionFailed();

  /** Clears the history. */
  void clear();

  /** Cancels the current turn. Called by any thread. */
  void close();
}
