package io.rkllm;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.event.ModelListener;
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
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.CpuAffinity;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.RuntimeProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A large language model, loaded and ready.
 *
 * <pre>{@code
 * try (RkllmModel model = RkllmModel.builder(Path.of("qwen3-0.6b.rkllm")).contextLength(4096).load()) {
 *   System.out.println(model.generate("Why is the sky blue?").text());
 * }
 * }</pre>
 *
 * <p>A model runs one generation at a time; others wait in a bounded queue, first come, first
 * served. Each model has a thread of its own that makes all native calls.
 *
 * <p>Thread-safe. {@link #close} frees the native model; a model that is never closed is destroyed
 * when the JVM shuts down. Applications do not implement it; methods may be added.
 */
public interface RkllmModel extends AutoCloseable {

  /** Begins to load a model. */
  static Builder builder(Path model) {
    return new Builder(model);
  }

  /**
   * Answers a text that stands alone. Returns at once; the answer is read from the {@link
   * Generation}.
   *
   * @throws IllegalArgumentException if the text is empty, or has a NUL character or a lone
   *     surrogate
   * @throws IllegalStateException if the model is closed, or if a session is open and the model was
   *     loaded without a chat format
   * @throws ModelBusyException if the queue is full
   */
  default Generation generate(String text) {
    return generate(TextPrompt.of(text), GenerationOptions.defaults());
  }

  /** Answers a text that stands alone, by these options; as {@link #generate(String)}. */
  default Generation generate(String text, GenerationOptions options) {
    return generate(TextPrompt.of(text), options);
  }

  /** Answers an input that stands alone; as {@link #generate(String)}. */
  default Generation generate(Input input) {
    return generate(input, GenerationOptions.defaults());
  }

  /**
   * Answers an input that stands alone; as {@link #generate(String)}. Stands for {@code rkllm_run}
   * with {@code keep_history} 0.
   *
   * <p>Under a chat format the format renders text; token ids, embeddings and images go in as they
   * are.
   *
   * @throws IllegalArgumentException if embeddings have not the model's width, or a LoRA adapter is
   *     another model's
   * @throws IllegalStateException also if memory of the input is closed, the model was loaded
   *     without the tags for its images, or for batches
   * @throws UnsupportedFeatureException if an option needs another release of the runtime
   */
  Generation generate(Input input, GenerationOptions options);

  /** Answers a conversation; as {@link #generate(Conversation, GenerationOptions)}. */
  default Generation generate(Conversation conversation) {
    return generate(conversation, GenerationOptions.defaults());
  }

  /**
   * Answers a conversation, which the model's chat format renders; otherwise as {@link
   * #generate(String)}. Nothing of it is kept: the next one brings its own messages. The result is
   * the text as the model wrote it, tool calls included.
   *
   * @throws IllegalArgumentException if the model was loaded without a chat format
   */
  Generation generate(Conversation conversation, GenerationOptions options);

  /** Answers several inputs in one run; as {@link #generateBatch(List, GenerationOptions)}. */
  default List<Generation> generateBatch(List<? extends Input> inputs) {
    return generateBatch(inputs, GenerationOptions.defaults());
  }

  /**
   * Answers several inputs in one run, each by a generation of its own, in their order. Returns at
   * once. They share the run's steps: those that end early wait for nobody, one that is cancelled
   * leaves the others alone, and the run ends with the last of them. A failure of the run fails all
   * that have not ended. Stands for {@code rkllm_run} with {@code n_batch} inputs.
   *
   * @param inputs exactly as many as {@link Builder#batchSize} says
   * @throws IllegalArgumentException if there are more or fewer
   * @throws IllegalStateException as {@link #generate(String)}
   * @throws ModelBusyException if the queue is full
   */
  List<Generation> generateBatch(List<? extends Input> inputs, GenerationOptions options);

  /** Opens a conversation; as {@link #openSession(SessionOptions)} with defaults. */
  default InferenceSession openSession() {
    return openSession(SessionOptions.defaults());
  }

  /**
   * Opens a conversation. Stands for {@code rkllm_run} with {@code keep_history} 1, or with the
   * whole conversation each time where the model was loaded with a chat format.
   *
   * @throws IllegalStateException if the model is closed or was loaded for batches, or if another
   *     session is open and the model was loaded without a chat format
   * @throws IllegalArgumentException if an option needs a chat format
   */
  InferenceSession openSession(SessionOptions options);

  /** The logits of the last position of an input, copied: what comes next. */
  default Logits logits(Input input) {
    return logits(input, Positions.last());
  }

  /** The logits of chosen positions of an input, copied; without options. */
  default Logits logits(Input input, Positions positions) {
    return logits(input, positions, ForwardOptions.defaults());
  }

  /**
   * The logits of chosen positions of an input, copied: what the model expects after each of them.
   * Stands for {@code RKLLM_INFER_GET_LOGITS}.
   *
   * <p>Blocks for the forward pass and all that waits before it. The input goes in as it is under a
   * chat format of the SDK's; the runtime's own template, where there is one, wraps text.
   *
   * @throws IllegalArgumentException if a position is not there, or the copy would not fit into an
   *     array
   * @throws IllegalStateException if the model is closed, a generation of it is paused, or a
   *     session is open whose history it would overwrite
   * @throws InferenceException if the run failed, or the thread is interrupted meanwhile
   */
  Logits logits(Input input, Positions positions, ForwardOptions options);

  /** Reads the logits of all positions of an input in place; without options. */
  default <R extends @Nullable Object> R readLogits(
      Input input, Function<? super Logits, ? extends R> reader) {
    return readLogits(input, ForwardOptions.defaults(), reader);
  }

  /**
   * Reads the logits of all positions of an input where the runtime has them, without a copy: at a
   * vocabulary of 151,936 they are 0.6 MB a token. As {@link #logits(Input, Positions,
   * ForwardOptions)} otherwise.
   *
   * <p>The function is called once, on the thread that native code calls back on. The logits are
   * valid only until it returns; it must not call the model. On 1.3 the runtime is told to free
   * them at once afterwards (the callback returns 2).
   *
   * @return what the function returned
   * @throws InferenceException also if the function threw; that is the cause then
   */
  <R extends @Nullable Object> R readLogits(
      Input input, ForwardOptions options, Function<? super Logits, ? extends R> reader);

  /** The hidden states of all positions of an input, copied; without options. */
  default HiddenStates hiddenStates(Input input) {
    return hiddenStates(input, Positions.all());
  }

  /** The hidden states at chosen positions of an input, copied; without options. */
  default HiddenStates hiddenStates(Input input, Positions positions) {
    return hiddenStates(input, positions, ForwardOptions.defaults());
  }

  /**
   * The hidden states of the last layer at chosen positions of an input, copied. Stands for {@code
   * RKLLM_INFER_GET_LAST_HIDDEN_LAYER}. Blocks and fails as {@link #logits(Input, Positions,
   * ForwardOptions)}.
   */
  HiddenStates hiddenStates(Input input, Positions positions, ForwardOptions options);

  /** Reads the hidden states of all positions of an input in place; without options. */
  default <R extends @Nullable Object> R readHiddenStates(
      Input input, Function<? super HiddenStates, ? extends R> reader) {
    return readHiddenStates(input, ForwardOptions.defaults(), reader);
  }

  /**
   * Reads the hidden states of all positions of an input where the runtime has them; as {@link
   * #readLogits}.
   */
  <R extends @Nullable Object> R readHiddenStates(
      Input input, ForwardOptions options, Function<? super HiddenStates, ? extends R> reader);

  /**
   * The embedding of a text: the hidden state of the last token that goes in. The runtime's
   * template wraps the text, if the model has one; {@link ChatTemplate#NONE} has it go in as it is.
   * Blocks.
   */
  default float[] embed(String text) {
    return embed(text, EmbedOptions.defaults());
  }

  /** The embedding of a text, by these options. Blocks. */
  default float[] embed(String text, EmbedOptions options) {
    return embed(TextPrompt.of(text), options);
  }

  /**
   * The embedding of an input, one number a dimension of the model's hidden states. Blocks and
   * fails as {@link #logits(Input, Positions, ForwardOptions)}.
   */
  float[] embed(Input input, EmbedOptions options);

  /**
   * Loads a LoRA adapter: {@code rkllm_load_lora}. Several may be loaded; each run chooses one with
   * {@link GenerationOptions.Builder#lora}, or none. There is no unload. Blocks.
   *
   * @param name a name of your own, unique in this model
   * @param file the adapter, converted for this very model
   * @param scale its strength, in [−1000, 1000]; 0 leaves the base model as it is
   * @throws IllegalArgumentException if the name is taken, the file cannot be read, or the scale is
   *     out of range
   * @throws IllegalStateException if the model is closed, or a generation of it is paused
   * @throws RkllmException if the runtime refuses the file
   */
  LoraAdapter loadLora(String name, Path file, double scale);

  /**
   * Loads a prompt cache that {@link GenerationOptions.Builder#savePromptCache} has saved: {@code
   * rkllm_load_prompt_cache}. One at a time. Blocks. If a run was stopped since the KV cache was
   * last cleared, it is cleared first, since a release is known to end the process otherwise.
   *
   * @throws IllegalArgumentException if the file cannot be read
   * @throws IllegalStateException if the model is closed, another cache is loaded, a generation is
   *     paused, or a session is open whose history it would overwrite
   * @throws RkllmException if the runtime refuses the file: it was saved by another model or
   *     release
   */
  PromptCache loadPromptCache(Path file);

  /** The KV cache: its sizes, and clearing it. */
  KvCache kvCache();

  /**
   * Replaces the model's own chat template by another, for good: {@code rkllm_set_chat_template}.
   * The KV cache is cleared; the template's thinking and tools are off from now on. {@link
   * ChatTemplate#NONE} has prompts go in as they are. Blocks.
   *
   * @throws IllegalStateException if the model is closed or was loaded with a chat format, a
   *     generation is paused, or a session is open whose history would be lost
   * @throws RkllmException if the runtime refuses
   */
  void setChatTemplate(ChatTemplate template);

  /**
   * Declares tools to the model's own template: {@code rkllm_set_function_tools}. Its system prompt
   * takes the place of the template's. No call takes them back. The answer is raw text such as
   * {@code <tool_call>…</tool_call>}; results go back as a {@link TextPrompt} with role TOOL.
   * Blocks.
   *
   * @throws IllegalStateException as {@link #setChatTemplate}, and if that was called before: the
   *     tools need the template it has replaced
   * @throws RkllmException if the runtime refuses: the model has no template that knows tools
   */
  void setFunctionTools(FunctionTools tools);

  /**
   * Sets what cross-attention reads in all runs from now on: {@code rkllm_set_cross_attn_params}.
   * Blocks until runs that wait already have been made.
   *
   * @throws IllegalStateException if the model is closed or was loaded without {@link
   *     Builder#crossAttention}, or a generation is paused
   * @throws RkllmException if the runtime refuses
   */
  void setCrossAttention(CrossAttention crossAttention);

  /** The chat format that the model was loaded with; empty under the runtime's own template. */
  Optional<ChatFormat> chatFormat();

  /** What the model has done since it was loaded. */
  ModelStats stats();

  /** Which runtime the model runs on and what it can do. */
  RuntimeInfo runtime();

  /** The context length in tokens that the model was loaded with; 0 if the runtime tells none. */
  int contextLength();

  /**
   * Returns whether the model is unresponsive: a run was stopped, by {@link Generation#cancel}, a
   * timeout or otherwise, native code has not returned from it within ten seconds, and it still has
   * not. What waits for the model goes on waiting then. Native code cannot be interrupted; if it
   * does not return by itself, closing the model gives up its native memory, and the model can be
   * loaded again beside it.
   */
  boolean isUnresponsive();

  /**
   * Closes its sessions, stops what runs, fails what waits, and frees the native model ({@code
   * rkllm_abort}, {@code rkllm_destroy}). Blocks until native code has returned, at most for the
   * close timeout; past that the native memory is left alone and the leak is logged as an error.
   * Harmless when called again.
   *
   * @throws IllegalStateException if called on the model's own thread
   */
  @Override
  void close();

  /**
   * How a model is loaded. What is not set is as the runtime's {@code rkllm_createDefaultParam} has
   * it, except for the token limit of {@link #maxNewTokens}.
   */
  final class Builder {
    private final ModelOptions options;

    private Builder(Path model) {
      options = new ModelOptions(Check.file("model", model));
    }

    /**
     * How many tokens prompt, history and answer may have together, in [32, 16384] and a multiple
     * of 32; at most what the model was converted for ({@code max_context_len}). The runtime's
     * default is 512, which a conversation fills within a few turns.
     */
    public Builder contextLength(int tokens) {
      if (Check.inRange("contextLength", tokens, 32, 16_384) % 32 != 0) {
        throw new IllegalArgumentException("contextLength must be a multiple of 32, was " + tokens);
      }
      options.config.contextLength(tokens);
      return this;
    }

    /**
     * How many tokens a generation may have, in [1, 16384] ({@code max_new_tokens}); as many as the
     * context has, if neither this nor {@link #unlimitedTokens} is called. A generation that
     * reaches it ends with {@link FinishReason#LENGTH}.
     */
    public Builder maxNewTokens(int tokens) {
      options.config.maxNewTokens(Check.inRange("maxNewTokens", tokens, 1, 16_384));
      return this;
    }

    /**
     * Lets a generation have any number of tokens ({@code max_new_tokens} −1). The runtime does not
     * end an answer where the context is full, but shifts its window: a model that does not stop by
     * itself then goes on until it is cancelled.
     */
    public Builder unlimitedTokens() {
      options.config.maxNewTokens(-1);
      return this;
    }

    /**
     * Clears the KV cache after every stand-alone run that was stopped: cancelled, timed out, or
     * ended by a stop sequence or a limit that the SDK keeps. Without it, the cache is kept if the
     * runtime ended the run in order, so that the next prompt reuses what it has in common with the
     * one before; that is how boards were seen to behave. To be used where answers that follow a
     * stopped one turn out wrong. It costs the whole prefill of the next prompt.
     */
    public Builder clearCacheAfterStop() {
      options.clearCacheAfterStop = true;
      return this;
    }

    /** How tokens are chosen. */
    public Builder sampling(Sampling sampling) {
      options.config.sampling(Check.nonNull("sampling", sampling));
      return this;
    }

    /** Which CPUs the runtime may use ({@code enabled_cpus_mask}, {@code enabled_cpus_num}). */
    public Builder cpus(CpuAffinity cpus) {
      options.config.cpus(Check.nonNull("cpus", cpus));
      return this;
    }

    /**
     * How many positions at the front stay when a full context shifts, in [−1, 16384]; −1 keeps
     * all, which ends the generation there ({@code n_keep}).
     */
    public Builder keepTokens(int tokens) {
      options.config.keepTokens(Check.inRange("keepTokens", tokens, -1, 16_384));
      return this;
    }

    /** Whether special tokens are left out of the text ({@code skip_special_token}). */
    public Builder skipSpecialTokens(boolean skip) {
      options.config.skipSpecialTokens(skip);
      return this;
    }

    /**
     * Generates on past the end of the sequence, to the token limit ({@code ignore_eos_token}); for
     * benchmarks. Needs {@link Capability#IGNORE_EOS}.
     */
    public Builder ignoreEndOfSequence() {
      options.config.ignoreEndOfSequence(true);
      options.needs.add(Capability.IGNORE_EOS);
      return this;
    }

    /**
     * The NPU address space to use, in [0, 255] ({@code base_domain_id}). Each has about 4 GB, and
     * models of one process must not share one: without this option the SDK takes the lowest that
     * is free in this JVM. {@link #load} refuses one that another model has.
     */
    public Builder baseDomain(int domain) {
      options.baseDomain = Check.inRange("baseDomain", domain, 0, 255);
      return this;
    }

    /**
     * Whether word embeddings are read from storage instead of memory: less memory, slower ({@code
     * embed_flash}).
     */
    public Builder embeddingsFromFlash(boolean fromFlash) {
      options.config.embeddingsFromFlash(fromFlash);
      return this;
    }

    /**
     * Has every run take this many inputs, in [1, 255] ({@code n_batch}); the vendor advises at
     * most 8. Above 1 the model takes {@link RkllmModel#generateBatch} and nothing else, and
     * loading throws an {@link UnsupportedFeatureException} where the runtime is a release that
     * this SDK does not know: its inputs may be larger than those of the release it is taken for.
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
     * For a decoder with cross-attention ({@code use_cross_attn}); see {@link
     * RkllmModel#setCrossAttention}.
     */
    public Builder crossAttention() {
      options.config.crossAttention(true);
      return this;
    }

    /**
     * Runs on a thread of the native library's ({@code rkllm_run_async}, {@code is_async}) instead
     * of the model's own. Nothing is gained by it; several releases (1.1.4, 1.2.1, 1.2.2) are known
     * to be broken there.
     */
    public Builder nativeAsync() {
      options.config.nativeAsync(true);
      return this;
    }

    /**
     * The model's embedding width, in [1, 65536] ({@code hidden_size} in its {@code config.json}).
     * Embeddings and images of another width are refused. Without it, the SDK finds it out by a run
     * of one token when the first such input comes.
     */
    public Builder embeddingWidth(int width) {
      options.embeddingWidth = Check.inRange("embeddingWidth", width, 1, 65_536);
      return this;
    }

    /**
     * The tags that this family of models has for images ({@code img_start}, {@code img_end},
     * {@code img_content}); needed for {@link io.rkllm.input.MultimodalPrompt} with images.
     */
    public Builder imageTags(MediaTags tags) {
      options.config.imageTags(Check.nonNull("tags", tags));
      return this;
    }

    /**
     * The tags that this family of models has for videos; needed for {@link
     * io.rkllm.input.MultimodalPrompt} with videos. Needs {@link Capability#VIDEO}.
     */
    public Builder videoTags(MediaTags tags) {
      options.config.videoTags(Check.nonNull("tags", tags));
      options.needs.add(Capability.VIDEO);
      return this;
    }

    /**
     * Sets the tokens that the model's family has around and in place of an audio clip; see {@link
     * MediaTags}. Needs runtime release 1.3.1 or later, else loading throws an {@link
     * UnsupportedFeatureException}. Without it the model takes no audio.
     */
    public Builder audioTags(MediaTags tags) {
      options.config.audioTags(Check.nonNull("tags", tags));
      options.needs.add(Capability.AUDIO);
      return this;
    }

    /**
     * Tokenizes for a model that has no tokenizer of its own ({@code tokenizer_callback}). Needs
     * {@link Capability#CUSTOM_TOKENIZER}.
     */
    public Builder tokenizer(Tokenizer tokenizer) {
      options.config.tokenizer(UserFunctions.contained(Check.nonNull("tokenizer", tokenizer)));
      options.needs.add(Capability.CUSTOM_TOKENIZER);
      return this;
    }

    /**
     * Looks up embeddings for a model that has no embedding layer of its own ({@code
     * embed_callback}). Needs {@link Capability#CUSTOM_EMBEDDINGS}.
     */
    public Builder embeddingLookup(EmbeddingLookup lookup) {
      options.config.embeddingLookup(UserFunctions.contained(Check.nonNull("lookup", lookup)));
      options.needs.add(Capability.CUSTOM_EMBEDDINGS);
      return this;
    }

    /** Who is told of what the model does. */
    public Builder listener(ModelListener listener) {
      options.listener = Check.nonNull("listener", listener);
      return this;
    }

    /**
     * Lets this format render the conversations instead of the runtime's own template, which is
     * switched off, its thinking and its tools with it ({@code rkllm_set_chat_template} with empty
     * texts). Then any number of sessions and stand-alone runs may interleave. Without one, the
     * runtime wraps each turn by the template in the model file, keeps the history itself, and can
     * hold one session at a time.
     */
    public Builder chatFormat(ChatFormat format) {
      options.chatFormat = Check.nonNull("format", format);
      return this;
    }

    /**
     * How many generations may wait while one runs, in [0, 100000]; 64 by default. One more is
     * refused with {@link ModelBusyException}.
     */
    public Builder queueCapacity(int generations) {
      options.queueCapacity = Check.inRange("queueCapacity", generations, 0, 100_000);
      return this;
    }

    /**
     * Where subscribers and futures are served; a virtual thread each by default. It is handed its
     * tasks from inside native callbacks, so it must neither block nor run them on the calling
     * thread; one that does the latter fails the generation.
     */
    public Builder executor(Executor executor) {
      options.executor = Check.nonNull("executor", executor);
      return this;
    }

    /**
     * Sets how long {@link #load} waits for {@code rkllm_init}; without it, as long as it takes.
     * Past that, or when the thread is interrupted, {@link #load} throws. Native code cannot be
     * stopped there: its thread, its memory and the base domain stay taken, which is logged as an
     * error, until it returns; then the model is destroyed.
     */
    public Builder loadTimeout(Duration timeout) {
      options.loadTimeout = Check.positive("loadTimeout", timeout);
      return this;
    }

    /**
     * Sets how long the model may go on when the JVM shuts down by a signal or {@link System#exit};
     * ten seconds by default. The SDK closes it when no generation runs or waits any more, those
     * included that are begun meanwhile, or when this time is over: a generation that has not ended
     * then ends as {@link FinishReason#MODEL_CLOSED}. Zero closes it at once.
     *
     * <p>Replaces {@link #closedByApplication}.
     */
    public Builder shutdownGrace(Duration grace) {
      options.waitForGenerations(Check.notNegative("shutdownGrace", grace));
      return this;
    }

    /**
     * Leaves closing the model to the application also when the JVM shuts down, such as to a
     * framework with a shutdown of its own: until then the model can be used. The SDK closes it as
     * a last resort after this time, since native code that is left open can keep the process from
     * ending. It should be longer than what the framework gives its requests.
     *
     * <p>Replaces {@link #shutdownGrace}.
     */
    public Builder closedByApplication(Duration atMost) {
      options.waitForApplication(Check.notNegative("atMost", atMost));
      return this;
    }

    /** How long {@link RkllmModel#close} waits for native code; 30 seconds by default. */
    public Builder closeTimeout(Duration timeout) {
      options.closeTimeout = Check.positive("closeTimeout", timeout);
      return this;
    }

    /**
     * The {@code librkllmrt.so} to use, or a folder that has it. Without it: system property {@code
     * rkllm.library.path}, environment variable {@code RKLLM_LIBRARY_PATH}, the usual folders, the
     * loader's own search.
     */
    public Builder library(Path library) {
      options.library = Check.file("library", library);
      return this;
    }

    /**
     * Leads the lines that the runtime writes to standard output into SLF4J (logger {@code
     * io.rkllm.native}), and lets exceptions quote them. It acts on the whole process, until its
     * last model is closed: what other native code prints goes there too; Java's own output does
     * not, as long as it goes through {@link System#out}, which is replaced: look it up anew for
     * each use. Of several copies of the SDK in one JVM, one can have it.
     */
    public Builder captureNativeOutput() {
      options.captureOutput = true;
      return this;
    }

    /**
     * The runtime to load the model with, instead of the one that {@link java.util.ServiceLoader}
     * finds.
     */
    public Builder runtime(RuntimeProvider runtime) {
      options.provider = Check.nonNull("runtime", runtime);
      return this;
    }

    /**
     * Loads the model: {@code rkllm_init}. Blocks until it is ready, seconds on a board.
     *
     * @throws NativeLibraryException if there is no library that can be used
     * @throws ModelLoadException if the model cannot be loaded, if that takes longer than {@link
     *     #loadTimeout}, or if the thread is interrupted meanwhile; the interrupt stays set
     * @throws UnsupportedFeatureException if an option needs another release of the runtime
     * @throws IllegalArgumentException if {@link #baseDomain} is in use
     * @throws IllegalStateException if 256 models of this JVM are open, which is as many as there
     *     are base domains, or if the JVM is shutting down
     */
    public RkllmModel load() {
      return LoadedModel.load(options);
    }
  }
}
