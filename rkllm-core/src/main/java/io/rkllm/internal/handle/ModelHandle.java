package io.rkllm.internal.handle;

import io.rkllm.RkllmException;
import io.rkllm.file.ModelFile;
import io.rkllm.input.ChatTemplate;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.ModelLostException;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A native model with its configuration and the state of its KV cache. Loaded, used and destroyed
 * on the model's thread; other threads may call the methods that only read the configuration.
 */
public final class ModelHandle {
  private final String name;
  private final RuntimeProvider provider;
  private final EmbeddingWidth embeddingWidth;
  private volatile ModelConfig config;
  private volatile FileTokenizer tokenizer = FileTokenizer.NONE;
  private volatile boolean blankTemplate;
  private volatile @Nullable InferenceRuntime runtime;
  private volatile @Nullable NativeModel model;

  // Used on the model's thread:
  private boolean cacheLeftByAbort;
  private @Nullable ModelLostException lostForGood;
  private final List<Leases> crossAttention = new ArrayList<>();

  /**
   * @param embeddingWidth the number of floats of an embedding, or null if the application did not
   *     set it
   */
  public ModelHandle(
      String name, RuntimeProvider provider, ModelConfig config, @Nullable Integer embeddingWidth) {
    this.name = name;
    this.provider = provider;
    this.config = config;
    this.embeddingWidth = EmbeddingWidth.ofNullable(embeddingWidth);
  }

  /** Returns the name of the model file, for threads and messages. */
  public String name() {
    return name;
  }

  /** Opens the runtime. Blocks until the constructors of its library have returned. */
  public InferenceRuntime open(RuntimeOptions options) {
    InferenceRuntime opened = provider.open(options);
    runtime = opened;
    return opened;
  }

  /** Returns the runtime, once it is open. */
  public InferenceRuntime runtime() {
    return Objects.requireNonNull(runtime, "the runtime is not open yet");
  }

  /** Ends the process immediately. This is the last resort if native code does not return. */
  public void exitProcess(int status) {
    provider.exitProcess(status);
  }

  /** Returns the configuration that the model is loaded with. */
  public ModelConfig config() {
    return config;
  }

  /** Replaces the configuration before the model is loaded. */
  public void configure(ModelConfig completed) {
    config = completed;
  }

  public EmbeddingWidth embeddingWidth() {
    return embeddingWidth;
  }

  /** Takes the tokenizer and the embedding width from the model's file. */
  public void takeFacts(ModelFile file) {
    file.embeddingWidth().ifPresent(embeddingWidth::suggest);
    tokenizer = new FileTokenizer(file);
  }

  /** Returns the tokenizer in the model's file. */
  public FileTokenizer tokenizer() {
    return tokenizer;
  }

  /** Notes the template that has replaced the model's own. Called on the model's thread. */
  public void templateWasSet(ChatTemplate template) {
    blankTemplate = template.equals(ChatTemplate.NONE);
    cacheWasCleared();
  }

  /** Returns whether the model's template was switched off, so that text is passed unchanged. */
  public boolean hasBlankTemplate() {
    return blankTemplate;
  }

  /** Loads the model into the open runtime. Blocks until native code has read it. */
  public NativeModel load() {
    NativeModel loaded = runtime().load(config);
    model = loaded;
    return loaded;
  }

  /** Returns the model, once it is loaded. */
  public NativeModel model() {
    return Objects.requireNonNull(model, "the model is not loaded yet");
  }

  /**
   * Destroys the model and releases the memory that it was reading. If this throws, the memory is
   * not released, because native code may still read it.
   */
  public void destroy() {
    model().destroy();
    crossAttention.forEach(Leases::close);
  }

  /** Releases the runtime, if it is open, after the model was destroyed or not loaded. */
  public void releaseRuntime() {
    InferenceRuntime opened = runtime;
    if (opened != null) {
      opened.release();
    }
  }

  /** Notes that the model was lost. Called on the model's thread. */
  public void lost(ModelLostException loss) {
    if (loss.isPermanent()) {
      lostForGood = loss;
    }
  }

  /** Returns how the model was lost if it is not loaded again, or null. On the model's thread. */
  public @Nullable ModelLostException lostForGood() {
    return lostForGood;
  }

  /**
   * Returns the context length in tokens, or 0 if the runtime reports none or an impossible one.
   */
  public int contextLength() {
    return Math.max(0, model().contextLength());
  }

  /** Returns whether a token without text means that the model has ended its answer. */
  public boolean endsByToken() {
    return !Boolean.TRUE.equals(config.ignoreEndOfSequence());
  }

  // ---- The KV cache; on the model's thread

  /** Clears the KV cache. Returns the code of the C function. */
  public int clearKvCache(boolean keepSystemPrompt) {
    int code = model().clearKvCache(keepSystemPrompt);
    if (code == 0) {
      cacheLeftByAbort = false;
    }
    return code;
  }

  /** Notes that native code has cleared the KV cache as part of another operation. */
  public void cacheWasCleared() {
    cacheLeftByAbort = false;
  }

  /** Notes that an abort was sent to the run that has just ended. */
  public void runWasAborted() {
    cacheLeftByAbort = true;
  }

  /** Returns whether a run was aborted since the KV cache was last cleared. */
  public boolean cacheLeftByAbort() {
    return cacheLeftByAbort;
  }

  /**
   * Returns the number of positions in the KV cache for each input of a batch.
   *
   * @throws RkllmException if the runtime reports none or impossible ones
   */
  public int[] kvCacheSizes() {
    int[] sizes = model().kvCacheSizes();
    int most = contextLength() > 0 ? contextLength() : Integer.MAX_VALUE;
    if (sizes.length != config.batchSize()
        || Arrays.stream(sizes).anyMatch(size -> size < 0 || size > most)) {
      throw new RkllmException(
          "rkllm_get_kv_cache_size returned %s, which cannot be the sizes of %d KV caches of at most %d positions"
              .formatted(Arrays.toString(sizes), config.batchSize(), most),
          "rkllm_get_kv_cache_size",
          RkllmException.NO_CODE,
          null);
    }
    return sizes;
  }

  /**
   * Keeps the memory of cross-attention data open for as long as native code may read it: until a
   * later call has set other data, or the model is destroyed. Called on the model's thread.
   *
   * @param taken whether {@code rkllm_set_cross_attn_params} succeeded, so that native code no
   *     longer reads the previous data; if it failed, native code may read either
   */
  public void holdForCrossAttention(Leases leases, boolean taken) {
    if (taken) {
      crossAttention.forEach(Leases::close);
      crossAttention.clear();
    }
    crossAttention.add(leases);
  }
}
