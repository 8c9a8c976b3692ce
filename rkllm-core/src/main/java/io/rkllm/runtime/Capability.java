package io.rkllm.runtime;

/** Features that not all releases of the runtime support; see {@link RuntimeInfo#supports}. */
public enum Capability {
  /** Sampling parameters of a single generation ({@code RKLLMInferParam.sampling_params}). */
  PER_RUN_SAMPLING("Sampling options per generation", "1.3.0"),
  /** A token limit of a single generation ({@code RKLLMInferParam.max_new_tokens}). */
  PER_RUN_MAX_NEW_TOKENS("A token limit per generation", "1.3.0"),
  /** Generating past the end-of-sequence token ({@code RKLLMParam.ignore_eos_token}). */
  IGNORE_EOS("Ignoring the end-of-sequence token", "1.3.0"),
  /** Videos as input ({@code RKLLMMultiModalInput.video}). */
  VIDEO("Video input", "1.3.0"),
  /** Audio clips as input ({@code RKLLMMultiModalInput.audio}). */
  AUDIO("Audio input", "1.3.1"),
  /**
   * Several inputs in one run ({@code RKLLMExtendParam.n_batch}). All releases support this, but
   * because the inputs are elements of an array, the SDK must know the size of one. The capability
   * is therefore missing if the release is not {@linkplain RuntimeInfo#known known}.
   */
  BATCHES("A batch of inputs", "1.2.1"),
  /** A tokenizer provided by the application ({@code RKLLMCallback.tokenizer_callback}). */
  CUSTOM_TOKENIZER("A tokenizer of your own", "1.3.0"),
  /** An embedding lookup provided by the application ({@code RKLLMCallback.embed_callback}). */
  CUSTOM_EMBEDDINGS("An embedding lookup of your own", "1.3.0");

  private final String description;
  private final String since;

  Capability(String description, String since) {
    this.description = description;
    this.since = since;
  }

  /** Returns a description that can begin a sentence. */
  public String description() {
    return description;
  }

  /** Returns the first release that supports the feature. */
  public String since() {
    return since;
  }
}
