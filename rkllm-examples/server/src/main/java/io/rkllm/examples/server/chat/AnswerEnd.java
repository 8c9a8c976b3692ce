package io.rkllm.examples.server.chat;

import io.rkllm.FinishReason;
import io.rkllm.GenerationStats;
import io.rkllm.ModelClosedException;
import java.time.Duration;

/**
 * The end of an answer.
 *
 * @param reason why
 * @param promptTokens tokens of the prompt, those included that the runtime reused
 * @param newTokens tokens that were generated
 * @param stats times, of the last run where there was more than one
 * @param loadTime how long it took to get the model
 */
public record AnswerEnd(
    Reason reason, int promptTokens, int newTokens, GenerationStats stats, Duration loadTime) {

  /** The reason for which an answer ended. */
  public enum Reason {
    /** The model ended it, or a stop sequence did. */
    STOP,
    /** The token limit was reached, or the end of the context. */
    LENGTH,
    /** It calls tools. */
    TOOL_CALLS,
    /** The answer was cancelled. */
    CANCELLED;

    /**
     * Returns the reason for a reason of the SDK, for answers without tool calls.
     *
     * @throws ModelClosedException if the model was closed: dialects have no word for that, and the
     *     answer must not look complete
     */
    static Reason of(FinishReason reason) {
      return switch (reason) {
        case STOP -> STOP;
        case LENGTH -> LENGTH;
        case CANCELLED, PAUSED -> CANCELLED;
        case MODEL_CLOSED ->
            throw new ModelClosedException("the model was closed before the answer had ended", "");
      };
    }
  }
}
