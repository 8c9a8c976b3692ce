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
  /** It was cancelled: by a call, by closing it or its session, or because its last reader left. */
  CANCELLED,
  /**
   * Its model was closed while it ran, also when the JVM shuts down. The answer is not complete;
   * those who read its tokens or its text get {@link ModelClosedException}.
   */
  MODEL_CLOSED,
  /** It was paused and can be resumed. */
  PAUSED
}
