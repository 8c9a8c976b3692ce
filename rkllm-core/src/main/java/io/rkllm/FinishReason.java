package io.rkllm;

/** Why a generation ended. */
public enum FinishReason {
  /** The model ended its answer. */
  STOP,
  /** The token limit or the end of the context was reached. */
  LENGTH,
  /** It was cancelled: by a call, by closing, or because its last reader left. */
  CANCELLED,
  /** It was paused and can be resumed. */
  PAUSED
}
