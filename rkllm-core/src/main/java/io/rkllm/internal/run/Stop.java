package io.rkllm.internal.run;

/** The reason why a generation is stopped. */
public enum Stop {
  /** The caller cancelled it, or its last reader left. */
  CANCELLED,
  /** A stop sequence occurred. */
  STOP_SEQUENCE,
  /** The token limit was reached, which the runtime does not enforce. */
  TOKEN_LIMIT,
  /** The timeout expired. */
  TIMED_OUT,
  /** The model is being closed. */
  MODEL_CLOSED,
  /** An exception was thrown inside a callback. */
  FAILURE
}
