package io.rkllm.spi;

/** What a run computes: {@code RKLLMInferMode}. */
public enum InferenceMode {
  /** Text, token by token: {@code RKLLM_INFER_GENERATE}. */
  GENERATE,
  /** Hidden states of all prompt tokens: {@code RKLLM_INFER_GET_LAST_HIDDEN_LAYER}. */
  LAST_HIDDEN_LAYER,
  /** Logits of all prompt tokens: {@code RKLLM_INFER_GET_LOGITS}. */
  LOGITS
}
