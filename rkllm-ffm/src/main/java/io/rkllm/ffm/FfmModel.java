package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.ffm.gen.v1_2.RKLLMLoraAdapter;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.FunctionTools;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A loaded model.
 *
 * <p>Owns the native handle and an arena for everything that native code may read as long as the
 * handle is valid: the parameters, their strings, and those of LoRA adapters. The arena is shared,
 * because native threads read the memory, and is closed only after {@code rkllm_destroy} has
 * succeeded; otherwise the memory is leaked rather than freed while native code may read it. Memory
 * that native code may use even after that, because of late callbacks, is never freed; see {@link
 * CallbackPointers}. The memory for a single call is in a confined arena of that call; the memory
 * for cross-attention is in {@link CrossAttentionMemory}.
 *
 * <p>All methods except {@link #abort} are called on the model's own thread.
 */
final class FfmModel implements NativeModel {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);

  /** The largest possible {@code n_batch}. */
  private static final int MAX_BATCH = 255;

  private final NativeLibrary library;
  private final Arena arena;
  private final LoadParam loaded;
  private final Callbacks callbacks;
  private final MemorySegment handle;
  private final Set<Long> handles;
  private final ModelRuns runs;

  /**
   * The data that was set last and data rejected since. Like all fields below, used only by the
   * model's thread.
   */
  private final List<CrossAttentionMemory> crossAttention = new ArrayList<>();

  private boolean destroyed;

  /**
   * Takes ownership of the arguments of a successful {@code rkllm_init}.
   *
   * @param arena contains everything that native code may read; owned by the model from now on
   * @param handles the handles of all models of the library, including this one
   */
  FfmModel(
      NativeLibrary library,
      Arena arena,
      LoadParam loaded,
      Callbacks callbacks,
      MemorySegment handle,
      Set<Long> handles,
      ModelRuns runs) {
    this.library = library;
    this.arena = arena;
    this.loaded = loaded;
    this.callbacks = callbacks;
    this.handle = handle;
    this.handles = handles;
    this.runs = runs;
  }

  @Override
  public int run(RunRequest request, RunObserver observer) {
    requireAlive();
    try {
      return runs.run(request, observer);
    } finally {
      callbacks.logStrays();
    }
  }

  /** Aborts the run. Called on any thread; the caller ensures that a run is in progress. */
  @Override
  public void abort() {
    library.abort(handle); // the return code has no meaning
  }

  @Override
  public int clearKvCache(boolean keepSystemPrompt) {
    return call(
        "rkllm_clear_kv_cache",
        _ ->
            library.clearKvCache(handle, keepSystemPrompt, MemorySegment.NULL, MemorySegment.NULL));
  }

  @Override
  public int clearKvCache(int[] from, int[] to) {
    return call(
        "rkllm_clear_kv_cache",
        call ->
            library.clearKvCache(
                handle, false, call.allocateFrom(JAVA_INT, from), call.allocateFrom(JAVA_INT, to)));
  }

  @Override
  public int[] kvCacheSizes() {
    requireAlive();
    try (Arena call = Arena.ofConfined()) {
      MemorySegment sizes = call.allocate(JAVA_INT, MAX_BATCH);
      int code = library.kvCacheSize(handle, sizes);
      OutputCapture.flush();
      if (code != 0) {
        throw new RkllmException(
            "rkllm_get_kv_cache_size failed with code " + code + "; the model may need a reload",
            "rkllm_get_kv_cache_size",
            code,
            null);
      }
      int[] used = sizes.asSlice(0, (long) loaded.batch() * Integer.BYTES).toArray(JAVA_INT);
      for (int size : used) {
        requireSize(size);
      }
      return used;
    }
  }

  private void requireSize(int size) {
    if (size < 0 || size > loaded.rowLimit()) {
      throw new RkllmException(
          "rkllm_get_kv_cache_size returned "
              + size
              + " tokens, which is impossible for a context of "
              + loaded.contextLength()
              + "; the model may need a reload",
          "rkllm_get_kv_cache_size",
          0,
          null);
    }
  }

  /**
   * Loads an adapter. The model's arena keeps the strings, because native code may keep the
   * pointers.
   */
  @Override
  public int loadLora(String name, Path file, float scale) {
    requireAlive();
    MemorySegment adapter = RKLLMLoraAdapter.allocate(NativeMemory.withMargin(arena));
    RKLLMLoraAdapter.lora_adapter_path(adapter, CPath.of(file, arena));
    RKLLMLoraAdapter.lora_adapter_name(adapter, arena.allocateFrom(name));
    RKLLMLoraAdapter.scale(adapter, scale);
    return call("rkllm_load_lora", _ -> library.loadLora(handle, adapter));
  }

  @Override
  public int loadPromptCache(Path file) {
    return call(
        "rkllm_load_prompt_cache", call -> library.loadPromptCache(handle, CPath.of(file, call)));
  }

  @Override
  public int releasePromptCache() {
    return call("rkllm_release_prompt_cache", _ -> library.releasePromptCache(handle));
  }

  @Override
  public int setChatTemplate(ChatTemplate template) {
    return call(
        "rkllm_set_chat_template",
        call ->
            library.setChatTemplate(
                handle,
                call.allocateFrom(template.systemPrompt()),
                call.allocateFrom(template.prefix()),
                call.allocateFrom(template.postfix())));
  }

  @Override
  public int setFunctionTools(FunctionTools tools) {
    return call(
        "rkllm_set_function_tools",
        call ->
            library.setFunctionTools(
                handle,
                call.allocateFrom(tools.systemPrompt()),
                call.allocateFrom(tools.toolsJson()),
                call.allocateFrom(tools.toolResponseTag())));
  }

  /**
   * Sets the data and frees the previous one if native code has accepted it. Rejected data is kept
   * until then, too, because native code may have stored the pointers nevertheless.
   */
  @Override
  public int setCrossAttention(CrossAttention source) {
    requireAlive();
    CrossAttentionMemory memory = new CrossAttentionMemory(source);
    int code =
        call("rkllm_set_cross_attn_params", _ -> library.setCrossAttention(handle, memory.param()));
    if (code == 0) {
      crossAttention.forEach(CrossAttentionMemory::close);
      crossAttention.clear();
    }
    crossAttention.add(memory);
    return code;
  }

  @Override
  public int contextLength() {
    return loaded.contextLength();
  }

  @Override
  public int maxNewTokens() {
    return loaded.maxNewTokens();
  }

  @Override
  public void destroy() {
    requireAlive();
    destroyed = true;
    handles.remove(
        handle.address()); // first, because the address of a freed model may be reused immediately
    int code = library.destroy(handle);
    OutputCapture.flush();
    if (code != 0) {
      handles.add(handle.address());
      callbacks.logStrays();
      NativeLeak.keep(this);
      throw new RkllmException(
          "rkllm_destroy failed with code "
              + code
              + "; the memory of the model is not freed. Restart the process when possible.",
          "rkllm_destroy",
          code,
          null);
    }
    try {
      callbacks.close();
      arena.close();
      crossAttention.forEach(CrossAttentionMemory::close);
    } finally {
      OutputCapture.modelClosed();
    }
  }

  /**
   * Calls a native function with memory that is valid only during the call.
   *
   * <p>If output is captured, the runtime's error messages are logged, because the caller gets only
   * the code.
   */
  private int call(String function, ToIntFunction<Arena> call) {
    requireAlive();
    long mark = OutputCapture.mark();
    int code;
    try (Arena memory = Arena.ofConfined()) {
      code = call.applyAsInt(memory);
    }
    callbacks.logStrays();
    OutputCapture.flush();
    if (code != 0) {
      List<String> complaints = OutputCapture.complaintsSince(mark);
      if (!complaints.isEmpty()) {
        LOG.warn("{} returned {}: {}", function, code, String.join("; ", complaints));
      }
    }
    return code;
  }

  private void requireAlive() {
    if (destroyed) {
      throw new IllegalStateException("the model has been destroyed");
    }
    if (runs.isLost()) {
      NativeLeak.keep(this);
      throw new IllegalStateException(
          "native code may still be running for this model, which can no longer be used or freed;"
              + " load it again");
    }
    runs.awaitIdle();
  }
}
