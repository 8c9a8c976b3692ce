package io.rkllm.tools;

/** The reason why a question to a {@link ToolSession} ended. */
public enum ToolFinishReason {
  /** The model answered without calling a tool. */
  ANSWERED,
  /**
   * The model still called tools in the last answer that it was allowed. Those calls did not run.
   */
  TURN_LIMIT,
  /**
   * The model called tools again after an error message about too many calls. Those calls did not
   * run.
   */
  CALL_LIMIT,
  /**
   * An answer reached its token limit, which is the context's size unless another was set. Calls in
   * it did not run: they may be cut short.
   */
  LENGTH,
  /** It was cancelled: by a call, by closing, or because its last reader left. */
  CANCELLED,
  /** The model was closed during an answer, which is not complete. Calls in it did not run. */
  MODEL_CLOSED
}
