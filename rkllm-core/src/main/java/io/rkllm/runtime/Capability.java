package io.rkllm.runtime;

/**
 * What some releases of the runtime can do and others cannot. Ask with {@link
 * RuntimeInfo#supports}.
 */
public enum Capability {
  /** Sampling options of a single generation, {@code RKLLMInferParam.sampling_params}. */
  PER_RUN_SAMPLING("Sampling options per generation", "1.3.0"),
  /** A token limit of a single generation, {@code RKLLMInferParam.max_new_tokens}. */
  PER_RUN_MAX_NEW_TOKENS("A token limit per generation", "1.3.0"),
  /** Generating on past the end-of-sequence token, {@code RKLLMParam.ignore_eos_token}. */
  IGNORE_EOS("Ignoring the end-of-sequence token", "1.3.0"),
  /** Videos as input, {@code RKLLMMultiModalInput.video}. */
  VIDEO("Video input", "1.3.0"),
  /** Audio clips as input, {@code RKLLMMultiModalInput.audio}. */
  AUDIO("Audio input", "1.3.1"),
  /**
   * Several inputs in a run, {@code RKLLMExtendParam.n_batch}. All releases have it, but the inputs
   * stand in a row, so the SDK must know how large one is: it is missing where the release is only
   * {@linkplain RuntimeInfo#known taken for} a known one.
   */
  BATCHES("A batch of inputs", "1.2.1"),
  /** A tokenizer of the caller's, {@code RKLLMCallback.tokenizer_callback}. */
  CUSTOM_TOKENIZER("A tokenizer of your own", "1.3.0"),
  /** An embedding layer of the caller's, {@code RKLLMCallback.embed_callback}. */
  CUSTOM_EMBEDDINGS("An embedding lookup of your own", "1.3.0");

  private final String description;
  private final String since;

  Capability(String description, String since) {
    this.description = description;
    this.since = since;
  }

  /** What it is, as the beginning of a sentence. */
  public String description() {
    return description;
  }

  /** The first release that has it. */
  public String since() {
    return since;
  }
}
