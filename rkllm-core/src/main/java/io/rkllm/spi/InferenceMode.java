package io.rkllm.spi;

/** The output that a run computes ({@code RKLLMInferMode}). */
public enum InferenceMode {
  /** Generates text, token by token ({@code RKLLM_INFER_GENERATE}). */
  GENERATE,
  /**
   * Computes the hidden states of all prompt tokens ({@code RKLLM_INFER_GET_LAST_HIDDEN_LAYER}).
   */
  LAST_HIDDEN_LAYER,
  /** Computes the logits of all prompt tokens ({@code RKLLM_INFER_GET_LOGITS}). */
  LOGITS
}
