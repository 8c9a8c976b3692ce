package io.rkllm.internal;

/** Why a generation is stopped before its natural end. */
enum Stop {
  /** By its caller, or because its last reader left. */
  CANCELLED,
  /** Its time was over. */
  TIMED_OUT,
  /** Its model is being closed. */
  MODEL_CLOSED,
  /** Something was thrown inside a callback. */
  FAULT
}
