package io.rkllm.spi;

import io.rkllm.Sampling;
import io.rkllm.input.EmbeddingLookup;
import io.rkllm.input.MediaTags;
import io.rkllm.input.Tokenizer;
import io.rkllm.runtime.CpuAffinity;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The parameters that a model is loaded with ({@code RKLLMParam} and {@code RKLLMExtendParam}). A
 * null component keeps the default of {@code rkllm_createDefaultParam}. All values have been
 * validated.
 *
 * @param path the absolute path of the model file
 * @param contextLength {@code max_context_len}, in tokens
 * @param maxNewTokens {@code max_new_tokens}; −1 for no limit, or null to use the context length
 * @param keepTokens {@code n_keep}; −1 for all
 * @param sampling the sampling fields
 * @param skipSpecialTokens {@code skip_special_token}
 * @param ignoreEndOfSequence {@code ignore_eos_token}; set only if the runtime supports it
 * @param cpus {@code enabled_cpus_mask} and {@code enabled_cpus_num}
 * @param baseDomain {@code base_domain_id}
 * @param embeddingsFromFlash {@code embed_flash}
 * @param batchSize {@code n_batch}
 * @param crossAttention {@code use_cross_attn}
 * @param nativeAsync {@code is_async}; if true, runs use {@code rkllm_run_async}
 * @param imageTags the tags for images: {@code img_start} and so on, or the tags in each input
 * @param videoTags the tags for videos in each input; set only if the runtime supports them
 * @param audioTags the tags for audio clips in each input; set only if the runtime supports them
 * @param tokenizer {@code tokenizer_callback}; set only if the runtime supports it
 * @param embeddingLookup {@code embed_callback}; set only if the runtime supports it
 */
public record ModelConfig(
    Path path,
    @Nullable Integer contextLength,
    @Nullable Integer maxNewTokens,
    @Nullable Integer keepTokens,
    Sampling sampling,
    @Nullable Boolean skipSpecialTokens,
    @Nullable Boolean ignoreEndOfSequence,
    @Nullable CpuAffinity cpus,
    int baseDomain,
    @Nullable Boolean embeddingsFromFlash,
    int batchSize,
    boolean crossAttention,
    boolean nativeAsync,
    @Nullable MediaTags imageTags,
    @Nullable MediaTags videoTags,
    @Nullable MediaTags audioTags,
    @Nullable Tokenizer tokenizer,
    @Nullable EmbeddingLookup embeddingLookup) {

  /** Returns a builder that keeps the runtime's defaults. */
  public static Builder builder(Path path) {
    return new Builder(path);
  }

  /** Returns a configuration that keeps the runtime's defaults. */
  public static ModelConfig of(Path path) {
    return builder(path).build();
  }

  /** Returns a builder with the values of this configuration. */
  public Builder toBuilder() {
    Builder copy = new Builder(path);
    copy.contextLength = contextLength;
    copy.maxNewTokens = maxNewTokens;
    copy.keepTokens = keepTokens;
    copy.sampling = sampling;
    copy.skipSpecialTokens = skipSpecialTokens;
    copy.ignoreEndOfSequence = ignoreEndOfSequence;
    copy.cpus = cpus;
    copy.baseDomain = baseDomain;
    copy.embeddingsFromFlash = embeddingsFromFlash;
    copy.batchSize = batchSize;
    copy.crossAttention = crossAttention;
    copy.nativeAsync = nativeAsync;
    copy.imageTags = imageTags;
    copy.videoTags = videoTags;
    copy.audioTags = audioTags;
    copy.tokenizer = tokenizer;
    copy.embeddingLookup = embeddingLookup;
    return copy;
  }

  /** Builder of {@link ModelConfig}. Each method sets the component of the same name. */
  public static final class Builder {
    private final Path path;
    private @Nullable Integer contextLength;
    private @Nullable Integer maxNewTokens;
    private @Nullable Integer keepTokens;
    private Sampling sampling = Sampling.defaults();
    private @Nullable Boolean skipSpecialTokens;
    private @Nullable Boolean ignoreEndOfSequence;
    private @Nullable CpuAffinity cpus;
    private int baseDomain;
    private @Nullable Boolean embeddingsFromFlash;
    private int batchSize = 1;
    private boolean crossAttention;
    private boolean nativeAsync;
    private @Nullable MediaTags imageTags;
    private @Nullable MediaTags videoTags;
    private @Nullable MediaTags audioTags;
    private @Nullable Tokenizer tokenizer;
    private @Nullable EmbeddingLookup embeddingLookup;

    private Builder(Path path) {
      this.path = path;
    }

    public Builder contextLength(int contextLength) {
      this.contextLength = contextLength;
      return this;
    }

    public Builder maxNewTokens(int maxNewTokens) {
      this.maxNewTokens = maxNewTokens;
      return this;
    }

    public Builder keepTokens(int keepTokens) {
      this.keepTokens = keepTokens;
      return this;
    }

    public Builder sampling(Sampling sampling) {
      this.sampling = sampling;
      return this;
    }

    public Builder skipSpecialTokens(boolean skipSpecialTokens) {
      this.skipSpecialTokens = skipSpecialTokens;
      return this;
    }

    public Builder ignoreEndOfSequence(boolean ignoreEndOfSequence) {
      this.ignoreEndOfSequence = ignoreEndOfSequence;
      return this;
    }

    public Builder cpus(CpuAffinity cpus) {
      this.cpus = cpus;
      return this;
    }

    public Builder baseDomain(int baseDomain) {
      this.baseDomain = baseDomain;
      return this;
    }

    public Builder embeddingsFromFlash(boolean embeddingsFromFlash) {
      this.embeddingsFromFlash = embeddingsFromFlash;
      return this;
    }

    public Builder batchSize(int batchSize) {
      this.batchSize = batchSize;
      return this;
    }

    public Builder crossAttention(boolean crossAttention) {
      this.crossAttention = crossAttention;
      return this;
    }

    public Builder nativeAsync(boolean nativeAsync) {
      this.nativeAsync = nativeAsync;
      return this;
    }

    public Builder imageTags(MediaTags imageTags) {
      this.imageTags = imageTags;
      return this;
    }

    public Builder videoTags(MediaTags videoTags) {
      this.videoTags = videoTags;
      return this;
    }

    public Builder audioTags(MediaTags audioTags) {
      this.audioTags = audioTags;
      return this;
    }

    public Builder tokenizer(Tokenizer tokenizer) {
      this.tokenizer = tokenizer;
      return this;
    }

    public Builder embeddingLookup(EmbeddingLookup embeddingLookup) {
      this.embeddingLookup = embeddingLookup;
      return this;
    }

    /** Returns the configuration. */
    public ModelConfig build() {
      return new ModelConfig(
          path,
          contextLength,
          maxNewTokens,
          keepTokens,
          sampling,
          skipSpecialTokens,
          ignoreEndOfSequence,
          cpus,
          baseDomain,
          embeddingsFromFlash,
          batchSize,
          crossAttention,
          nativeAsync,
          imageTags,
          videoTags,
          audioTags,
          tokenizer,
          embeddingLookup);
    }
  }
}
