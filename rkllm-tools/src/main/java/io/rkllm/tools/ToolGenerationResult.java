package io.rkllm.tools;

import io.rkllm.GenerationStats;
import io.rkllm.tools.event.ToolReturned;
import io.rkllm.tools.internal.Check;
import java.util.List;

/**
 * What a question came to.
 *
 * @param text the model's last answer, without thinking and tool calls; as far as it got if it was
 *     cut short
 * @param thinking what the model thought before that, without tags; empty if nothing
 * @param finishReason why there is no more
 * @param returned what came of all tool calls, in the order of the calls
 * @param runs the figures of the runs of the model, one for each answer
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
