package io.rkllm.event;

/** The output that a run computes. */
public enum RunKind {
  /** A generated answer, or the answers to a batch. */
  GENERATION,
  /** The hidden states of a prompt, of which embeddings are made. */
  HIDDEN_STATES,
  /** The logits of a prompt. */
  LOGITS
}
