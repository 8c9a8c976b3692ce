package io.rkllm.ffm;

import io.rkllm.ffm.gen.v1_2.rkllm_abort_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_clear_kv_cache_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_destroy_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_get_kv_cache_size_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_init_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_is_running_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_load_lora_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_load_prompt_cache_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_release_prompt_cache_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_run_async_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_run_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_set_chat_template_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_set_cross_attn_params_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_set_function_tools_fn;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * The functions of an opened {@code librkllmrt.so}. Their addresses belong to this instance, so
 * several libraries can be open. These functions take only addresses and are the same in all ABIs;
 * the {@link Abi} defines the data at these addresses. The library stays open until the process
 * ends, because its threads and destructors may outlive all models. As thread-safe as the library.
 */
final class NativeLibrary {
  /** The functions that a library must export. */
  static final List<String> FUNCTIONS =
      List.of(
          "rkllm_createDefaultParam",
          "rkllm_init",
          "rkllm_load_lora",
          "rkllm_load_prompt_cache",
          "rkllm_release_prompt_cache",
          "rkllm_destroy",
          "rkllm_run",
          "rkllm_run_async",
          "rkllm_abort",
          "rkllm_is_running",
          "rkllm_clear_kv_cache",
          "rkllm_get_kv_cache_size",
          "rkllm_set_chat_template",
          "rkllm_set_function_tools",
          "rkllm_set_cross_attn_params");

  private final MemorySegment handle;
  private final MemorySegment createDefaultParam;
  private final MemorySegment init;
  private final MemorySegment loadLora;
  private final MemorySegment loadPromptCache;
  private final MemorySegment releasePromptCache;
  private final MemorySegment destroy;
  private final MemorySegment run;
  private final MemorySegment runAsync;
  private final MemorySegment abort;
  private final MemorySegment isRunning;
  private final MemorySegment clearKvCache;
  private final MemorySegment kvCacheSize;
  private final MemorySegment setChatTemplate;
  private final MemorySegment setFunctionTools;
  private final MemorySegment setCrossAttention;

  private NativeLibrary(MemorySegment handle, Symbols symbols)
      throws DynamicLoader.FailedException {
    this.handle = handle;
    createDefaultParam = symbols.address("rkllm_createDefaultParam");
    init = symbols.address("rkllm_init");
    loadLora = symbols.address("rkllm_load_lora");
    loadPromptCache = symbols.address("rkllm_load_prompt_cache");
    releasePromptCache = symbols.address("rkllm_release_prompt_cache");
    destroy = symbols.address("rkllm_destroy");
    run = symbols.address("rkllm_run");
    runAsync = symbols.address("rkllm_run_async");
    abort = symbols.address("rkllm_abort");
    isRunning = symbols.address("rkllm_is_running");
    clearKvCache = symbols.address("rkllm_clear_kv_cache");
    kvCacheSize = symbols.address("rkllm_get_kv_cache_size");
    setChatTemplate = symbols.address("rkllm_set_chat_template");
    setFunctionTools = symbols.address("rkllm_set_function_tools");
    setCrossAttention = symbols.address("rkllm_set_cross_attn_params");
  }

  /** Looks up functions. */
  @FunctionalInterface
  interface Symbols {
    /**
     * Returns the address of a function.
     *
     * @throws DynamicLoader.FailedException if there is no such function
     */
    MemorySegment address(String name) throws DynamicLoader.FailedException;
  }

  /**
   * Opens a library and looks up all its functions. If this fails, the library is closed.
   *
   * @throws DynamicLoader.FailedException if the loader fails or a function is missing
   */
  static NativeLibrary open(Path library) throws DynamicLoader.FailedException {
    MemorySegment handle = DynamicLoader.open(library);
    try {
      return new NativeLibrary(handle, name -> address(handle, name));
    } catch (Throwable t) {
      DynamicLoader.close(handle);
      throw t;
    }
  }

  private static MemorySegment address(MemorySegment handle, String name)
      throws DynamicLoader.FailedException {
    MemorySegment address = DynamicLoader.symbol(handle, name);
    if (address == null) {
      throw new DynamicLoader.FailedException("no symbol " + name);
    }
    return address;
  }

  /** Returns a library whose functions do not come from a file. */
  static NativeLibrary of(Symbols symbols) throws DynamicLoader.FailedException {
    return new NativeLibrary(MemorySegment.NULL, symbols);
  }

  /** Closes a library that cannot be used. Its functions must not be called afterwards. */
  void close() {
    DynamicLoader.close(handle);
  }

  /**
   * Returns the address of {@code rkllm_createDefaultParam}, whose return type depends on the ABI.
   */
  MemorySegment createDefaultParam() {
    return createDefaultParam;
  }

  int init(MemorySegment handleOut, MemorySegment param, MemorySegment callback) {
    return rkllm_init_fn.invoke(init, handleOut, param, callback);
  }

  int loadLora(MemorySegment model, MemorySegment adapter) {
    return rkllm_load_lora_fn.invoke(loadLora, model, adapter);
  }

  int loadPromptCache(MemorySegment model, MemorySegment path) {
    return rkllm_load_prompt_cache_fn.invoke(loadPromptCache, model, path);
  }

  int releasePromptCache(MemorySegment model) {
    return rkllm_release_prompt_cache_fn.invoke(releasePromptCache, model);
  }

  int destroy(MemorySegment model) {
    return rkllm_destroy_fn.invoke(destroy, model);
  }

  int run(MemorySegment model, MemorySegment inputs, MemorySegment inferParam, long userdata) {
    return rkllm_run_fn.invoke(run, model, inputs, inferParam, MemorySegment.ofAddress(userdata));
  }

  int runAsync(MemorySegment model, MemorySegment inputs, MemorySegment inferParam, long userdata) {
    return rkllm_run_async_fn.invoke(
        runAsync, model, inputs, inferParam, MemorySegment.ofAddress(userdata));
  }

  int abort(MemorySegment model) {
    return rkllm_abort_fn.invoke(abort, model);
  }

  /** Calls {@code rkllm_is_running}. The meaning of the result depends on the release. */
  int isRunning(MemorySegment model) {
    return rkllm_is_running_fn.invoke(isRunning, model);
  }

  /**
   * Clears the whole cache, or ranges of it.
   *
   * @param from the first position of each range, or NULL
   * @param to the end of each range (exclusive), or NULL
   */
  int clearKvCache(
      MemorySegment model, boolean keepSystemPrompt, MemorySegment from, MemorySegment to) {
    return rkllm_clear_kv_cache_fn.invoke(clearKvCache, model, keepSystemPrompt ? 1 : 0, from, to);
  }

  int kvCacheSize(MemorySegment model, MemorySegment sizes) {
    return rkllm_get_kv_cache_size_fn.invoke(kvCacheSize, model, sizes);
  }

  int setChatTemplate(
      MemorySegment model, MemorySegment system, MemorySegment prefix, MemorySegment postfix) {
    return rkllm_set_chat_template_fn.invoke(setChatTemplate, model, system, prefix, postfix);
  }

  int setFunctionTools(
      MemorySegment model, MemorySegment system, MemorySegment tools, MemorySegment responseTag) {
    return rkllm_set_function_tools_fn.invoke(setFunctionTools, model, system, tools, responseTag);
  }

  int setCrossAttention(MemorySegment model, MemorySegment param) {
    return rkllm_set_cross_attn_params_fn.invoke(setCrossAttention, model, param);
  }
}
