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
 * The functions of one opened {@code librkllmrt.so}: their addresses, which belong to this
 * instance, so that several libraries stand side by side. The calls here pass addresses alone and
 * are the same in all ABIs; what the addresses point to is the business of the {@link Abi}. Stays
 * open as long as the process: its threads and destructors may outlive every model. Thread-safe as
 * far as the library is.
 */
final class NativeLibrary {
  /** What a library must export. */
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

  /** Where functions are looked up. */
  @FunctionalInterface
  interface Symbols {
    /**
     * The address of a function.
     *
     * @throws DynamicLoader.FailedException if there is none of this name
     */
    MemorySegment address(String name) throws DynamicLoader.FailedException;
  }

  /**
   * Opens a library and looks up all its functions. Leaves nothing open when it fails.
   *
   * @throws DynamicLoader.FailedException if the loader refuses it or a function is missing
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

  /** Functions that come from elsewhere than a library file. */
  static NativeLibrary of(Symbols symbols) throws DynamicLoader.FailedException {
    return new NativeLibrary(MemorySegment.NULL, symbols);
  }

  /**
   * Closes a library that turned out to be unusable. No function of it may be called afterwards.
   */
  void close() {
    DynamicLoader.close(handle);
  }

  /** The address of {@code rkllm_createDefaultParam}, whose return type depends on the ABI. */
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

  /** What it means is the business of the {@link Abi}. */
  int isRunning(MemorySegment model) {
    return rkllm_is_running_fn.invoke(isRunning, model);
  }

  /**
   * Clears all or ranges.
   *
   * @param from first position of each range, or NULL
   * @param to position after the last of each range, or NULL
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
