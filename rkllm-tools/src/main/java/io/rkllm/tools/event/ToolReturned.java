package io.rkllm.tools.event;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolCall;
import java.util.Optional;

/**
 * A tool call has ended: the tool was run, or was not run, in which case the reason is sent to the
 * model instead.
 *
 * @param call the call
 * @param outcome the outcome of the call
 * @param result the text sent to the model, if another message is sent
 * @param failure the exception thrown by the tool or by the {@link io.rkllm.tools.ToolApproval};
 *     empty if none was thrown
 */
public record ToolReturned(
    ToolCall call, Outcome outcome, ChatMessage.ToolResult result, Optional<Throwable> failure)
    implements ToolSessionEvent {

  /** The outcome of a tool call. */
  public enum Outcome {
    /** The tool ran and returned a result. */
    SUCCEEDED,
    /** The tool ran and threw. */
    FAILED,
    /** The tool ran longer than its timeout and was interrupted. */
    TIMED_OUT,
    /** There is no tool of that name; nothing ran. */
    UNKNOWN_TOOL,
    /** The arguments violated the tool's schema; nothing ran. */
    INVALID_ARGUMENTS,
    /** The application rejected the call; nothing ran. */
    REJECTED,
    /** There were too many calls for the question, or too many answers; nothing ran. */
    OVER_LIMIT
  }
}
