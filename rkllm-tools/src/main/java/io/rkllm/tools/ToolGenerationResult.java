package io.rkllm.tools;

import io.rkllm.GenerationStats;
import io.rkllm.tools.event.ToolReturned;
import io.rkllm.tools.internal.Check;
import java.util.List;

/**
 * The result of a question.
 *
 * @param text the model's last answer, without thinking and tool calls; partial if the generation
 *     ended early
 * @param thinking the thinking before the last answer, without tags; may be empty
 * @param finishReason the reason why the generation ended
 * @param returned the outcomes of all tool calls, in the order of the calls
 * @param runs the results of the model's runs, one for each answer
 */
public record ToolGenerationResult(
    String text,
    String thinking,
    ToolFinishReason finishReason,
    List<ToolReturned> returned,
    List<GenerationStats> runs) {
  /** Copies the lists. */
  public ToolGenerationResult {
    returned = Check.copy("returned", returned);
    runs = Check.copy("runs", runs);
  }
}
