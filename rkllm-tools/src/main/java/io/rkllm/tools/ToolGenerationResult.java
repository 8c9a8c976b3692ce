package io.rkllm.tools;

import io.rkllm.GenerationStats;
import io.rkllm.tools.event.ToolReturned;
import java.util.List;

/**
 * The result of a question.
 *
 * <p>Immutable. Results with the same values are equal. Applications do not implement this
 * interface; methods may be added.
 */
public interface ToolGenerationResult {

  /**
   * Returns the model's last answer, without thinking and tool calls; partial if the generation
   * ended early.
   */
  String text();

  /** Returns the thinking before the last answer, without tags; may be empty. */
  String thinking();

  /** Returns the reason why the generation ended. */
  ToolFinishReason finishReason();

  /** Returns the outcomes of all tool calls, in the order of the calls. */
  List<ToolReturned> returned();

  /** Returns the statistics of the model's runs, one for each answer. */
  List<GenerationStats> runs();
}
