package io.rkllm;

import io.rkllm.input.ChatFormat;
import io.rkllm.input.Input;
import io.rkllm.input.TextPrompt;
import io.rkllm.internal.Check;
import io.rkllm.internal.LoadedModel;
import io.rkllm.internal.ModelOptions;
import io.rkllm.runtime.CpuAffinity;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.RuntimeProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executor;

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
   * @throws UnsupportedFeatureException if an option needs another release of the runtime
   */
  Generation generate(Input input, GenerationOptions options);

  /** Opens a conversation; as {@link #openSession(SessionOptions)} with defaults. */
  default InferenceSession openSession() {
    return openSession(SessionOptions.defaults());
  }

  /**
   * Opens a conversation. Stands for {@code rkllm_run} with {@code keep_history} 1, or with the
   * whole conversation each time where the model was loaded with a chat format.
   *
   * @throws IllegalStateException if the model is closed, or if another session is open and the
   *     model was loaded without a chat format
   * @throws IllegalArgumentException if an option needs a chat format
   */
  InferenceSession openSession(SessionOptions options);

  /** Which runtime the model runs on and what it can do. */
  RuntimeInfo runtime();

  /** The context length in tokens that the model was loaded with. */
  int contextLength();

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
   * it.
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
      options.contextLength = tokens;
      return this;
    }

    /** How many tokens a generation may have, in [1, 16384] ({@code max_new_tokens}). */
    public Builder maxNewTokens(int tokens) {
      options.maxNewTokens = Check.inRange("maxNewTokens", tokens, 1, 16_384);
      return this;
    }

    /** How tokens are chosen. */
    public Builder sampling(Sampling sampling) {
      options.sampling = Check.nonNull("sampling", sampling);
      return this;
    }

    /** Which CPUs the runtime may use ({@code enabled_cpus_mask}, {@code enabled_cpus_num}). */
    public Builder cpus(CpuAffinity cpus) {
      options.cpus = Check.nonNull("cpus", cpus);
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
     * io.rkllm.native}), and lets exceptions quote them. It acts on the whole process, from now on:
     * what other native code prints goes there too; Java's own output does not, as long as it goes
     * through {@link System#out}, which is replaced: look it up anew for each use.
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
     * @throws ModelLoadException if the model cannot be loaded
     */
    public RkllmModel load() {
      return LoadedModel.load(options);
    }
  }
}
