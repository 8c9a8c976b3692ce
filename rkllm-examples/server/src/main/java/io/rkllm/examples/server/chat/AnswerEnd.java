package io.rkllm.examples.server.chat;

import io.rkllm.FinishReason;
import io.rkllm.GenerationStats;
import io.rkllm.ModelClosedException;
import java.time.Duration;

/**
 * The end of an answer.
 *
 * @param reason the reason for which the answer ended
 * @param promptTokens the number of tokens of the prompt, including those reused by the runtime
 * @param newTokens the number of generated tokens
 * @param stats the statistics of the last run
 * @param loadTime the time for which the request waited for the model
 */
public record AnswerEnd(
    Reason reason, int promptTokens, int newTokens, GenerationStats stats, Duration loadTime) {

  /** The reason for which an answer ended. */
  public enum Reason {
    /** The model ended the answer, or a stop sequence was found. */
    STOP,
    /** The token limit or the end of the context was reached. */
    LENGTH,
    /** The answer calls tools. */
    TOOL_CALLS,
    /** The answer was canceled. */
    CANCELLED;

    /**
     * Converts a finish reason of the SDK, for answers without tool calls.
     *
     * @throws ModelClosedException if the model was closed: dialects cannot express that, and the
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
