package io.rkllm;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.event.ModelListener;
import io.rkllm.file.ModelFile;
import io.rkllm.forward.EmbedOptions;
import io.rkllm.forward.ForwardOptions;
import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.forward.Positions;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.EmbeddingLookup;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.Input;
import io.rkllm.input.MediaTags;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.Tokenizer;
import io.rkllm.internal.callback.UserFunctions;
import io.rkllm.internal.check.Check;
import io.rkllm.internal.model.LoadedModel;
import io.rkllm.internal.model.ModelOptions;
import io.rkllm.internal.model.Providers;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.CpuAffinity;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.RuntimeProvider;
import io.rkllm.tokenizer.ModelTokenizer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A loaded large language model.
 *
 * <pre>{@code
 * try (RkllmModel model = RkllmModel.builder(Path.of("qwen3-0.6b.rkllm")).contextLength(4096).load()) {
 *   System.out.println(model.generate("Why is the sky blue?").text());
 * }
 * }</pre>
 *
 * <p>A model runs one generation at a time. Others wait in a bounded queue and run in the order of
 * the calls. Each model has its own thread, which makes all native calls.
 *
 * <p>Thread-safe. {@link #close} frees the native model. A model that is never closed is destroyed
 * when the JVM shuts down. Applications do not implement this interface; methods may be added.
 */
public interface RkllmModel extends AutoCloseable {

  /** Returns a builder that loads a model file. */
  static Builder builder(Path model) {
    return new Builder(model);
  }

  /**
   * Starts a stand-alone generation that answers a text. Returns immediately; the answer is read
   * from the {@link Generation}.
   *
   * @throws IllegalArgumentException if the text is empty, or contains a NUL character or an
   *     unpaired surrogate
   * @throws ModelClosedException if the model is closed
   * @throws IllegalStateException if a session is open and the model was loaded without a chat
   *     format
   * @throws ModelBusyException if the queue is full
   */
  default Generation generate(String text) {
    return generate(TextPrompt.of(text), GenerationOptions.defaults());
  }

  /** Starts a stand-alone generation with options; otherwise as {@link #generate(String)}. */
  default Generation generate(String text, GenerationOptions options) {
    return generate(TextPrompt.of(text), options);
  }

  /** Starts a stand-alone generation that answers an input; as {@link #generate(String)}. */
  default Generation generate(Input input) {
    return generate(input, GenerationOptions.defaults());
  }

  /**
   * Starts a stand-alone generation that answers an input; as {@link #generate(String)}. Calls
   * {@code rkllm_run} with {@code keep_history} 0.
   *
   * <p>If the model was loaded with a chat format, the format renders text. Token ids, embeddings
   * and images are passed on unchanged.
   *
   * @throws IllegalArgumentException if the width of the embeddings is not the model's, or a LoRA
   *     adapter belongs to another model
   * @throws IllegalStateException also if memory of the input is closed, or if the model was loaded
   *     without the tags for its images, or for batches
   * @throws UnsupportedFeatureException if an option requires another runtime release
   */
  Generation generate(Input input, GenerationOptions options);

  /**
   * Starts a stand-alone generation that answers a conversation; as {@link #generate(Conversation,
   * GenerationOptions)} with default options.
   */
  default Generation generate(Conversation conversation) {
    return generate(conversation, GenerationOptions.defaults());
  }

  /**
   * Starts a stand-alone generation that answers a conversation, rendered by the model's chat
   * format; otherwise as {@link #generate(String)}. The conversation is not kept; each call passes
   * all messages. The result is the text as the model wrote it, including tool calls.
   *
   * @throws IllegalArgumentException if the model was loaded without a chat format
   */
  Generation generate(Conversation conversation, GenerationOptions options);

  /**
   * Answers several inputs in one run; as {@link #generateBatch(List, GenerationOptions)} with
   * default options.
   */
  default List<Generation> generateBatch(List<? extends Input> inputs) {
    return generateBatch(inputs, GenerationOptions.defaults());
  }

  /**
   * Answers several inputs in one run ({@code rkllm_run} with {@code n_batch} inputs). Returns
   * immediately, with one generation for each input, in the same order. Each generation ends on its
   * own: readers of a short answer need not wait for longer ones, and canceling one generation does
   * not affect the others. The run ends with the last of them. If it fails, all generations that
   * have not ended fail.
   *
   * @param inputs exactly as many as {@link Builder#batchSize} specifies
   * @throws IllegalArgumentException if there are more or fewer
   * @throws IllegalStateException as {@link #generate(String)}
   * @throws ModelBusyException if the queue is full
   */
  List<Generation> generateBatch(List<? extends Input> inputs, GenerationOptions options);

  /** Opens a session with default options; as {@link #openSession(SessionOptions)}. */
  default InferenceSession openSession() {
    return openSession(SessionOptions.defaults());
  }

  /**
   * Opens a session. Its turns call {@code rkllm_run} with {@code keep_history} 1 or, if the model
   * was loaded with a chat format, with the whole conversation each time.
   *
   * @throws ModelClosedException if the model is closed
   * @throws IllegalStateException if the model was loaded for batches, or if another session is
   *     open and the model was loaded without a chat format
   * @throws IllegalArgumentException if an option requires a chat format
   */
  InferenceSession openSession(SessionOptions options);

  /**
   * Returns a copy of the logits at the last position of an input, which predict the next token.
   */
  default Logits logits(Input input) {
    return logits(input, Positions.last());
  }

  /**
   * Returns a copy of the logits at the given positions of an input; as {@link #logits(Input,
   * Positions, ForwardOptions)} with default options.
   */
  default Logits logits(Input input, Positions positions) {
    return logits(input, positions, ForwardOptions.defaults());
  }

  /**
   * Returns a copy of the logits at the given positions of an input, which predict the token after
   * each of them ({@code RKLLM_INFER_GET_LOGITS}).
   *
   * <p>Blocks until the forward pass, and everything queued before it, is complete. A chat format
   * of the SDK is not applied to the input; the runtime's own template, if there is one, is applied
   * to text. Where there is none, because the model was loaded with a chat format or the template
   * is {@link ChatTemplate#NONE}, text is passed as the token ids of {@link
   * ModelTokenizer#encodeSequence} under the conditions of {@link Builder#promptsAsText}, so that
   * the positions are those of these ids.
   *
   * @throws IllegalArgumentException if a position does not exist, or the copy would be too large
   *     for an array
   * @throws ModelClosedException if the model is closed
   * @throws IllegalStateException if a generation of the model is paused, or a session is open
   *     whose history would be overwritten
   * @throws InferenceException if the run fails, or the thread is interrupted while waiting
   */
  Logits logits(Input input, Positions positions, ForwardOptions options);

  /**
   * Reads the logits at all positions of an input in place; as {@link #readLogits(Input,
   * ForwardOptions, Function)} with default options.
   */
  default <R extends @Nullable Object> R readLogits(
      Input input, Function<? super Logits, ? extends R> reader) {
    return readLogits(input, ForwardOptions.defaults(), reader);
  }

  /**
   * Reads the logits at all positions of an input in the runtime's own memory, without a copy. With
   * a vocabulary of 151,936 they take 0.6 MB per token. Otherwise as {@link #logits(Input,
   * Positions, ForwardOptions)}.
   *
   * <p>The function is called once, on the thread of the native callback. The logits are valid only
   * until it returns. The function must not call the model. From release 1.3 on, the runtime is
   * requested to free the logits as soon as the function has returned (the callback returns 2).
   *
   * @return the return value of the function
   * @throws InferenceException also if the function throws, with that exception as the cause
   */
  <R extends @Nullable Object> R readLogits(
      Input input, ForwardOptions options, Function<? super Logits, ? extends R> reader);

  /**
   * Returns a copy of the hidden states at all positions of an input; as {@link
   * #hiddenStates(Input, Positions, ForwardOptions)} with default options.
   */
  default HiddenStates hiddenStates(Input input) {
    return hiddenStates(input, Positions.all());
  }

  /**
   * Returns a copy of the hidden states at the given positions of an input; as {@link
   * #hiddenStates(Input, Positions, ForwardOptions)} with default options.
   */
  default HiddenStates hiddenStates(Input input, Positions positions) {
    return hiddenStates(input, positions, ForwardOptions.defaults());
  }

  /**
   * Returns a copy of the last layer's hidden states at the given positions of an input ({@code
   * RKLLM_INFER_GET_LAST_HIDDEN_LAYER}). Blocks, and fails, as {@link #logits(Input, Positions,
   * ForwardOptions)} does.
   */
  HiddenStates hiddenStates(Input input, Positions positions, ForwardOptions options);

  /** Reads the hidden states at all positions of an input in place, with default options. */
  default <R extends @Nullable Object> R readHiddenStates(
      Input input, Function<? super HiddenStates, ? extends R> reader) {
    return readHiddenStates(input, ForwardOptions.defaults(), reader);
  }

  /**
   * Reads the hidden states at all positions of an input in the runtime's own memory; as {@link
   * #readLogits(Input, ForwardOptions, Function)}.
   */
  <R extends @Nullable Object> R readHiddenStates(
      Input input, ForwardOptions options, Function<? super HiddenStates, ? extends R> reader);

  /**
   * Returns the embedding of a text: the hidden state of its last token. The runtime's template, if
   * the model has one, is applied to the text; {@link ChatTemplate#NONE} switches it off. Blocks.
   */
  default float[] embed(String text) {
    return embed(text, EmbedOptions.defaults());
  }

  /** Returns the embedding of a text, computed with the given options. Blocks. */
  default float[] embed(String text, EmbedOptions options) {
    return embed(TextPrompt.of(text), options);
  }

  /**
   * Returns the embedding of an input, with one number for each dimension of the model's hidden
   * states. Blocks, and fails, as {@link #logits(Input, Positions, ForwardOptions)} does.
   */
  float[] embed(Input input, EmbedOptions options);

  /**
   * Loads a LoRA adapter ({@code rkllm_load_lora}). Several adapters may be loaded; each run
   * selects at most one with {@link GenerationOptions.Builder#lora}. An adapter cannot be unloaded.
   * Blocks.
   *
   * @param name a name of the caller's choice, unique within this model
   * @param file the adapter, which must have been converted for this model
   * @param scale the strength, in [−1000, 1000]; 0 leaves the base model unchanged
   * @throws IllegalArgumentException if the name is in use, the file cannot be read, or the scale
   *     is out of range
   * @throws ModelClosedException if the model is closed
   * @throws IllegalStateException if a generation of the model is paused
   * @throws RkllmException if the runtime rejects the file
   */
  LoraAdapter loadLora(String name, Path file, double scale);

  /**
   * Loads a prompt cache that was saved with {@link GenerationOptions.Builder#savePromptCache}
   * ({@code rkllm_load_prompt_cache}). At most one can be loaded at a time. Blocks. If a run was
   * stopped since the KV cache was last cleared, the KV cache is cleared first, because release
   * 1.2.3 is known to end the process otherwise.
   *
   * @throws IllegalArgumentException if the file cannot be read
   * @throws ModelClosedException if the model is closed
   * @throws IllegalStateException if another prompt cache is loaded, a generation is paused, or a
   *     session is open whose history would be overwritten
   * @throws RkllmException if the runtime rejects the file, which was saved by another model or
   *     release
   */
  PromptCache loadPromptCache(Path file);

  /** Returns the KV cache of this model. */
  KvCache kvCache();

  /**
   * Permanently replaces the model's own chat template ({@code rkllm_set_chat_template}). This
   * clears the KV cache and disables the template's thinking and tools. {@link ChatTemplate#NONE}
   * passes prompts on unchanged. Blocks.
   *
   * @throws ModelClosedException if the model is closed
   * @throws IllegalStateException if the model was loaded with a chat format, a generation is
   *     paused, or a session is open whose history would be lost
   * @throws RkllmException if the runtime rejects the template
   */
  void setChatTemplate(ChatTemplate template);

  /**
   * Declares tools through the model's own template ({@code rkllm_set_function_tools}). The given
   * system prompt replaces the template's. The declaration cannot be revoked. The answer is raw
   * text such as {@code <tool_call>…</tool_call>}; tool results are sent as a {@link TextPrompt}
   * with the role TOOL. Blocks.
   *
   * @throws IllegalStateException as {@link #setChatTemplate}, and if that method was called
   *     before, because the tools depend on the template it replaced
   * @throws RkllmException if the runtime rejects the tools because the model's template does not
   *     support any
   */
  void setFunctionTools(FunctionTools tools);

  /**
   * Sets the cross-attention data for all runs from now on ({@code rkllm_set_cross_attn_params}).
   * Blocks until the runs already queued have ended.
   *
   * @throws ModelClosedException if the model is closed
   * @throws IllegalStateException if the model was loaded without {@link Builder#crossAttention},
   *     or a generation is paused
   * @throws RkllmException if the runtime rejects the data
   */
  void setCrossAttention(CrossAttention crossAttention);

  /**
   * Returns the chat format that the model was loaded with, or empty if it uses the runtime's own
   * template.
   */
  Optional<ChatFormat> chatFormat();

  /**
   * Returns what the model's file says of itself: its architecture, its limits, its shape. Empty if
   * it is not of the form that {@link ModelFile} reads.
   *
   * @since 0.1.0
   */
  Optional<ModelFile> file();

  /**
   * Returns the tokenizer in the model's file. Empty if the file holds none, or one of a kind that
   * is not known. The first call reads it, which blocks for up to a second; it takes 10 to 25 MB of
   * heap from then on.
   *
   * @throws io.rkllm.file.ModelFileException if the file has changed since the model was loaded
   * @since 0.1.0
   */
  Optional<ModelTokenizer> tokenizer();

  /**
   * Returns the number of tokens of a text, without a chat template and without the token that
   * begins a sequence. Empty if the model's file holds no tokenizer that is known. Blocks as {@link
   * #tokenizer} does.
   *
   * @throws io.rkllm.file.ModelFileException if the file has changed since the model was loaded
   * @since 0.1.0
   */
  default OptionalInt countTokens(String text) {
    Check.nonNull("text", text);
    return tokenizer().map(own -> OptionalInt.of(own.count(text))).orElse(OptionalInt.empty());
  }

  /**
   * Returns the number of tokens in the prompt of a conversation, as {@link
   * #generate(Conversation)} passes it to the runtime. Empty if the model's file holds no tokenizer
   * that is known. Blocks as {@link #tokenizer} does.
   *
   * @throws IllegalArgumentException if the model was loaded without a chat format, or the format
   *     cannot render the conversation
   * @throws io.rkllm.file.ModelFileException if the file has changed since the model was loaded
   * @since 0.1.0
   */
  OptionalInt countTokens(Conversation conversation);

  /** Returns statistics of this model since it was loaded. */
  ModelStats stats();

  /** Returns the runtime that the model runs on, and what it supports. */
  RuntimeInfo runtime();

  /**
   * Returns the context length that the model was loaded with, in tokens, or 0 if the runtime does
   * not report it.
   */
  int contextLength();

  /**
   * Returns whether the model is unresponsive: a run was stopped, by {@link Generation#cancel}, a
   * timeout or otherwise, native code has not returned from it within ten seconds, and it still has
   * not. Requests for the model continue to wait. Native code cannot be interrupted; if it does not
   * return by itself, closing the model leaves its native memory allocated, and the model can be
   * loaded again beside it.
   */
  boolean isUnresponsive();

  /**
   * Closes the model's sessions, stops the running generation, fails the waiting ones, and frees
   * the native model ({@code rkllm_abort}, {@code rkllm_destroy}). Blocks until native code has
   * returned, at most for the close timeout. When the timeout expires, the native memory is not
   * freed and the leak is logged as an error. Has no effect if the model is already closed.
   *
   * @throws IllegalStateException if called on the model's own thread
   */
  @Override
  void close();

  /**
   * Builder of a {@link RkllmModel}. Options that are not set keep the defaults of the runtime's
   * {@code rkllm_createDefaultParam}, except for the token limit; see {@link #maxNewTokens}.
   */
  final class Builder {
    private final ModelOptions options;

    private Builder(Path model) {
      options = new ModelOptions(Check.file("model", model));
    }

    /**
     * Sets the context length: the number of tokens that prompt, history and answer may have
     * together ({@code max_context_len}). It must be a multiple of 32 in [32, 16384], and at most
     * the limit that the model was converted for. The runtime's default is 512, which a
     * conversation fills within a few turns.
     */
    public Builder contextLength(int tokens) {
      if (Check.inRange("contextLength", tokens, 32, 16_384) % 32 != 0) {
        throw new IllegalArgumentException("contextLength must be a multiple of 32, was " + tokens);
      }
      options.config.contextLength(tokens);
      return this;
    }

    /**
     * Sets the maximum number of tokens per generation, in [1, 16384] ({@code max_new_tokens}). If
     * neither this method nor {@link #unlimitedTokens} is called, the limit is the context length.
     * A generation that reaches the limit ends with {@link FinishReason#LENGTH}.
     */
    public Builder maxNewTokens(int tokens) {
      options.config.maxNewTokens(Check.inRange("maxNewTokens", tokens, 1, 16_384));
      return this;
    }

    /**
     * Removes the limit on the number of tokens per generation ({@code max_new_tokens} −1). When
     * the context is full, the runtime does not end the answer but shifts its window, so a model
     * that does not stop by itself generates until it is cancelled.
     */
    public Builder unlimitedTokens() {
      options.config.maxNewTokens(-1);
      return this;
    }

    /**
     * Clears the KV cache after every stand-alone run that was cancelled, timed out, or was ended
     * by a stop sequence or a token limit of the SDK. By default the cache is kept if the runtime
     * ended the run normally, so that the next prompt can reuse the common prefix; this matches the
     * behavior observed on boards. Use this option if answers that follow a stopped one are wrong.
     * The next prompt then needs a complete prefill.
     */
    public Builder clearCacheAfterStop() {
      options.clearCacheAfterStop = true;
      return this;
    }

    /** Sets the sampling parameters. */
    public Builder sampling(Sampling sampling) {
      options.config.sampling(Check.nonNull("sampling", sampling));
      return this;
    }

    /**
     * Sets the CPUs that the runtime may use ({@code enabled_cpus_mask}, {@code enabled_cpus_num}).
     */
    public Builder cpus(CpuAffinity cpus) {
      options.config.cpus(Check.nonNull("cpus", cpus));
      return this;
    }

    /**
     * Sets the number of positions that are kept at the front when a full context is shifted, in
     * [−1, 16384] ({@code n_keep}). A value of −1 keeps all positions, so that the generation ends
     * when the context is full.
     */
    public Builder keepTokens(int tokens) {
      options.config.keepTokens(Check.inRange("keepTokens", tokens, -1, 16_384));
      return this;
    }

    /** Sets whether special tokens are omitted from the text ({@code skip_special_token}). */
    public Builder skipSpecialTokens(boolean skip) {
      options.config.skipSpecialTokens(skip);
      return this;
    }

    /**
     * Continues past the end of the sequence, up to the token limit ({@code ignore_eos_token}); for
     * benchmarks. Requires {@link Capability#IGNORE_EOS}.
     */
    public Builder ignoreEndOfSequence() {
      options.config.ignoreEndOfSequence(true);
      options.needs.add(Capability.IGNORE_EOS);
      return this;
    }

    /**
     * Sets the NPU address space to use, in [0, 255] ({@code base_domain_id}). Each address space
     * is about 4 GB, and models of one process must not share one. By default the SDK uses the
     * lowest one that is free in this JVM. {@link #load} rejects an address space that is used by
     * another model.
     */
    public Builder baseDomain(int domain) {
      options.baseDomain = Check.inRange("baseDomain", domain, 0, 255);
      return this;
    }

    /**
     * Sets whether word embeddings are read from storage instead of memory, which saves memory but
     * is slower ({@code embed_flash}).
     */
    public Builder embeddingsFromFlash(boolean fromFlash) {
      options.config.embeddingsFromFlash(fromFlash);
      return this;
    }

    /**
     * Sets the number of inputs in each run, in [1, 255] ({@code n_batch}); the vendor recommends
     * at most 8. A model with a batch size above 1 accepts only {@link RkllmModel#generateBatch}.
     * Loading it throws an {@link UnsupportedFeatureException} if this SDK does not know the
     * runtime release, whose inputs may be larger than those of the release it is treated as.
     */
    public Builder batchSize(int inputs) {
      options.config.batchSize(Check.inRange("batchSize", inputs, 1, 255));
      if (inputs > 1) {
        options.needs.add(Capability.BATCHES);
      } else {
        options.needs.remove(Capability.BATCHES);
      }
      return this;
    }

    /**
     * Enables cross-attention, for decoders that use it ({@code use_cross_attn}); see {@link
     * RkllmModel#setCrossAttention}.
     */
    public Builder crossAttention() {
      options.config.crossAttention(true);
      return this;
    }

    /**
     * Runs generations on a thread of the native library ({@code rkllm_run_async}, {@code
     * is_async}) instead of the model's own thread. This has no advantage, and is known to be
     * broken in several releases (1.1.4, 1.2.1, 1.2.2).
     */
    public Builder nativeAsync() {
      options.config.nativeAsync(true);
      return this;
    }

    /**
     * Sets the model's embedding width, in [1, 65536] ({@code hidden_size} in its {@code
     * config.json}). Embeddings and images of another width are rejected. If it is not set, the SDK
     * determines it with a run of one token when it first needs it.
     */
    public Builder embeddingWidth(int width) {
      options.embeddingWidth = Check.inRange("embeddingWidth", width, 1, 65_536);
      return this;
    }

    /**
     * Sets the model family's tags for images ({@code img_start}, {@code img_end}, {@code
     * img_content}), which a {@link io.rkllm.input.MultimodalPrompt} with images requires. By
     * default, they are those of the family that the model's file names, if {@code io.rkllm.tools}
     * is present and knows it; so are the tags for videos and audio if the runtime accepts those.
     */
    public Builder imageTags(MediaTags tags) {
      options.config.imageTags(Check.nonNull("tags", tags));
      return this;
    }

    /**
     * Sets the model family's tags for videos, which a {@link io.rkllm.input.MultimodalPrompt} with
     * videos requires. Requires {@link Capability#VIDEO}.
     */
    public Builder videoTags(MediaTags tags) {
      options.config.videoTags(Check.nonNull("tags", tags));
      options.needs.add(Capability.VIDEO);
      return this;
    }

    /**
     * Sets the model family's tags for audio, which a {@link io.rkllm.input.MultimodalPrompt} with
     * audio clips requires. Requires runtime release 1.3.1 or later; with an earlier one, loading
     * throws an {@link UnsupportedFeatureException}.
     */
    public Builder audioTags(MediaTags tags) {
      options.config.audioTags(Check.nonNull("tags", tags));
      options.needs.add(Capability.AUDIO);
      return this;
    }

    /**
     * Sets a tokenizer for a model that has none of its own ({@code tokenizer_callback}). Requires
     * {@link Capability#CUSTOM_TOKENIZER}.
     */
    public Builder tokenizer(Tokenizer tokenizer) {
      options.config.tokenizer(UserFunctions.contained(Check.nonNull("tokenizer", tokenizer)));
      options.needs.add(Capability.CUSTOM_TOKENIZER);
      return this;
    }

    /**
     * Sets an embedding lookup for a model that has no embedding layer of its own ({@code
     * embed_callback}). Requires {@link Capability#CUSTOM_EMBEDDINGS}.
     */
    public Builder embeddingLookup(EmbeddingLookup lookup) {
      options.config.embeddingLookup(UserFunctions.contained(Check.nonNull("lookup", lookup)));
      options.needs.add(Capability.CUSTOM_EMBEDDINGS);
      return this;
    }

    /** Adds a listener that is notified of the model's events, after those added before. */
    public Builder listener(ModelListener listener) {
      options.listeners.add(Check.nonNull("listener", listener));
      return this;
    }

    /**
     * Sets a chat format that renders the conversations instead of the runtime's own template. The
     * template, including its thinking and tools, is switched off ({@code rkllm_set_chat_template}
     * with empty texts). Any number of sessions and stand-alone generations can then be
     * interleaved. Without a chat format, the runtime applies the template of the model file to
     * each turn, keeps the history itself, and supports one session at a time.
     */
    public Builder chatFormat(ChatFormat format) {
      options.chatFormat = Check.nonNull("format", format);
      return this;
    }

    /**
     * Passes the prompts of the chat format, and the text of forward passes, to the runtime as
     * text. By default they are passed as token ids if the model's file has a tokenizer ({@link
     * RkllmModel#tokenizer}) and {@link #tokenizer} is not set: their number is then known before
     * the run, and text is split as in the model's training, which the runtime does not do for some
     * families. Use this option if that tokenizer is wrong.
     *
     * <p>Without a chat format, text is passed as token ids only if the template was switched off
     * with {@link ChatTemplate#NONE} and the runtime would {@linkplain
     * ModelTokenizer#correctsRuntime split the text wrongly}.
     *
     * @since 0.1.0
     */
    public Builder promptsAsText() {
      options.promptsAsText = true;
      return this;
    }

    /**
     * Sets the number of generations that may wait while one is running, in [0, 100000]; 64 by
     * default. Further ones are rejected with a {@link ModelBusyException}.
     */
    public Builder queueCapacity(int generations) {
      options.queueCapacity = Check.inRange("queueCapacity", generations, 0, 100_000);
      return this;
    }

    /**
     * Sets the executor that runs subscribers and futures. By default each task runs on a new
     * virtual thread. Tasks are submitted from inside native callbacks, so the executor must
     * neither block nor run them on the calling thread; if it does the latter, the generation
     * fails.
     */
    public Builder executor(Executor executor) {
      options.executor = Check.nonNull("executor", executor);
      return this;
    }

    /**
     * Sets how long {@link #load} waits for the library to open and for {@code rkllm_init}; by
     * default, indefinitely. {@link #load} throws an exception when this time is over or the thread
     * is interrupted. Native code cannot be stopped there: its thread, its memory and the base
     * domain stay in use until it returns, which is logged as an error; the model is then
     * destroyed.
     */
    public Builder loadTimeout(Duration timeout) {
      options.loadTimeout = Check.positive("loadTimeout", timeout);
      return this;
    }

    /**
     * Sets how long the model remains open when the JVM shuts down by a signal or {@link
     * System#exit}; 40 seconds by default, which is longer than frameworks usually give requests to
     * end. The SDK closes the model when no generation is running or waiting, including those
     * started in the meantime, or when this time is over. A generation that has not ended then
     * finishes as {@link FinishReason#MODEL_CLOSED}. The SDK does not wait for a model that
     * {@linkplain RkllmModel#isUnresponsive is unresponsive}. With a duration of zero, the model is
     * closed immediately.
     *
     * <p>Replaces {@link #closedByApplication}.
     */
    public Builder shutdownGrace(Duration grace) {
      options.waitForGenerations(Check.notNegative("shutdownGrace", grace));
      return this;
    }

    /**
     * Leaves it to the application to close the model when the JVM shuts down, for example to a
     * framework with its own shutdown sequence. Until then the model remains usable. As a last
     * resort the SDK closes it after the given time, because an open native model can keep the
     * process from ending. The time should be longer than the framework's own limit for completing
     * requests.
     *
     * <p>Replaces {@link #shutdownGrace}.
     */
    public Builder closedByApplication(Duration atMost) {
      options.waitForApplication(Check.notNegative("atMost", atMost));
      return this;
    }

    /** Sets how long {@link RkllmModel#close} waits for native code; 30 seconds by default. */
    public Builder closeTimeout(Duration timeout) {
      options.closeTimeout = Check.positive("closeTimeout", timeout);
      return this;
    }

    /**
     * Sets the {@code librkllmrt.so} to use, or a folder that contains it. By default, it is
     * searched for in the system property {@code rkllm.library.path}, the environment variable
     * {@code RKLLM_LIBRARY_PATH}, the usual folders, and the search path of the dynamic loader, in
     * this order.
     */
    public Builder library(Path library) {
      options.library = Check.file("library", library);
      return this;
    }

    /**
     * Captures the lines that the runtime writes to standard output, logs them through SLF4J
     * (logger {@code io.rkllm.native}), and quotes them in exceptions.
     *
     * <p>This affects the whole process until its last model is closed. The output of other native
     * code is captured as well. Java's own output is not, as long as it is written to {@link
     * System#out}; because {@code System.out} is replaced, do not keep a reference to an earlier
     * value. If several copies of the SDK run in one JVM, only one of them can capture the output.
     */
    public Builder captureNativeOutput() {
      options.captureOutput = true;
      return this;
    }

    /**
     * Loads the model in a process of its own, a child of this one, so that a crash of the native
     * library fails the generation in progress and not the application. The model is then loaded
     * again. Requires the artifact {@code rkllm-host}. Replaces {@link #runtime(RuntimeProvider)}.
     *
     * @throws NativeLibraryException if {@code rkllm-host} is not on the class path or module path
     * @since 0.1.0
     */
    public Builder isolated() {
      options.provider = Providers.findIsolated();
      return this;
    }

    /**
     * Sets the runtime to load the model with, in place of the one found by {@link
     * java.util.ServiceLoader}.
     */
    public Builder runtime(RuntimeProvider runtime) {
      options.provider = Check.nonNull("runtime", runtime);
      return this;
    }

    /**
     * Loads the model ({@code rkllm_init}). Blocks until it is ready, which takes seconds on a
     * board.
     *
     * @throws NativeLibraryException if no usable library is found
     * @throws ModelLoadException if the model cannot be loaded, if its file says that it is for
     *     another board, a shorter context or a tokenizer function, if loading takes longer than
     *     {@link #loadTimeout}, or if the thread is interrupted while waiting; the interrupt status
     *     remains set
     * @throws UnsupportedFeatureException if an option requires another runtime release
     * @throws IllegalArgumentException if {@link #baseDomain} is in use
     * @throws IllegalStateException if all 256 base domains are in use by models of this JVM, or if
     *     the JVM is shutting down
     */
    public RkllmModel load() {
      return LoadedModel.load(options);
    }
  }
}
