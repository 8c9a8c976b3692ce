package io.rkllm;

/** The reason why a generation ended. */
public enum FinishReason {
  /** The model ended its answer. */
  STOP,
  /**
   * The generation reached its token limit, or the end of the context, before the model ended its
   * answer. Unless another limit was set, the limit is the size of the context.
   */
  LENGTH,
  /**
   * The generation was cancelled: by a call, by closing it or its session, or because its last
   * reader left.
   */
  CANCELLED,
  /**
   * The model was closed while the generation ran, possibly because the JVM shut down. The answer
   * is incomplete; readers of its tokens or its text get {@link ModelClosedException}.
   */
  MODEL_CLOSED,
  /** The generation was paused and can be resumed. */
  PAUSED
}
