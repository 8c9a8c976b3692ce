package io.rkllm.tools;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.chat.ChatMessage;
import io.rkllm.tools.parser.ParserOptions;
import java.util.List;

/**
 * How a model is told of tools, questions and results. Its methods but {@link #close} are called by
 * one thread at a time.
 */
sealed interface ToolTurns permits NativeTurns, FormattedTurns {

  /** The turn of a question. */
  Generation ask(String question, GenerationOptions options);

  /**
   * The turn that follows tool calls.
   *
   * @param results what came of them, in their order
   * @param malformed what the model is told of calls that could not be read
   */
  Generation report(
      List<ChatMessage.ToolResult> results, List<String> malformed, GenerationOptions options);

  /** How the answer of the turn that was begun last is to be read. */
  ParserOptions parserOptions();

  /**
   * That turn has ended and not failed.
   *
   * @param said what the model said in it
   */
  void turnEnded(GenerationResult result, ChatMessage.Assistant said);

  /** The calls of the last answer have these results, but no turn of their own to tell them. */
  void endWithResults(List<ChatMessage.ToolResult> results);

  /** The question has failed: those after it know nothing of it, if that can be. */
  void questionFailed();

  /** Questions from now on know nothing of those before. */
  void clear();

  /** Cancels what runs. Called by any thread. */
  void close();
}
