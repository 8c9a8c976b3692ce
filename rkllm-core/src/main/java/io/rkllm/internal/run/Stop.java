package io.rkllm.internal.run;

/** Why a generation is stopped before its natural end. */
public enum Stop {
  /** By its caller, or because its last reader left. */
  CANCELLED,
  /** A stop sequence came. */
  STOP_SEQUENCE,
  /** It has as many tokens as it may have, and the runtime does not keep the limit. */
  TOKEN_LIMIT,
  /** Its time was over. */
  TIMED_OUT,
  /** Its model is being closed. */
  MODEL_CLOSED,
  /** Something was thrown inside a callback. */
  FAILURE
}
