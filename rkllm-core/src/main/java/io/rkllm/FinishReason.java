package io.rkllm;

/** Why a generation ended. */
public enum FinishReason {
  /** The model ended its answer. */
  STOP,
  /**
   * The token limit or the end of the context was reached before the model ended its answer. The
   * limit is the context's size unless another was set.
   */
  LENGTH,
  /** It was cancelled: by a call, by closing, or because its last reader left. */
  CANCELLED,
  /** It was paused and can be resumed. */
  PAUSED
}
