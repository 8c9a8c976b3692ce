package io.rkllm.tools;

import io.rkllm.GenerationStats;
import io.rkllm.tools.event.ToolReturned;
import java.util.List;

/** The result of a question that has ended. */
record EndedQuestion(
    String text,
    String thinking,
    ToolFinishReason finishReason,
    List<ToolReturned> returned,
    List<GenerationStats> runs)
    implements ToolGenerationResult {

  /** Copies the lists. */
  EndedQuestion {
    returned = List.copyOf(returned);
    runs = List.copyOf(runs);
  }
}
