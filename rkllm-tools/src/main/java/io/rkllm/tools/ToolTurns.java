package io.rkllm.tools;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.chat.ChatMessage;
import java.util.List;

/**
 * How a model is told of tools, questions and results. Its methods but {@link #close} are called by
 * one thread at a time.
 */
sealed interface ToolTurns extends AutoCloseable permits NativeTurns, FormattedTurns {

  /** The turn of a question. */
  Generation ask(String question, GenerationOptions options);

  /**
   * The turn that follows tool calls.
   *
   * @param results what came of them, in their order
   * @param malformed what the model is told of calls that could not be read
   */
  Generation tell(
      List<ChatMessage.ToolResult> results, List<String> malformed, GenerationOptions options);

  /** The turn has come to its end, so that the model knows now what it was told. */
  void heard();

  /** There will be no turn for these; the next question may bring them along. */
  void leave(List<ChatMessage.ToolResult> results);

  /** What the prompt of such a turn has begun: whether the answer begins inside thinking. */
  boolean startsInThinking(boolean afterTools);

  /** Questions from now on know nothing of those before. */
  void clear();

  /** Ends the session below, which cancels what runs. */
  @Override
  void close();
}
