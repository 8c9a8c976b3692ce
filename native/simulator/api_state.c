/*
 * The functions of librkllmrt.so that change the state for the next run: the KV cache, templates
 * and tools, adapters, prompt caches, and cross-attention data.
 */
#define RKLLM_API __attribute__((visibility("default")))
#include "rkllm.h"

#include "ending.h"
#include "handle.h"
#include "log.h"
#include "release.h"

/*
 * Clears all caches, or all except for their system prompts. A paused run can then not be resumed.
 */
static void clear_caches(Handle *handle, bool keep_system) {
    for (size_t i = 0; i < handle->batch; i++) {
        KvCache *cache = &handle->caches[i];
        size_t kept = keep_system ? cache->system_count : 0;
        kv_cache_truncate(cache, kept);
        cache->history_count = kept;
        cache->replied = false;
    }
    pause_end(&handle->pause);
    handle->aborted = false;
    handle->spoiled = false;
}

int rkllm_clear_kv_cache(LLMHandle handle, int keep_system_prompt, int *start_pos, int *end_pos) {
    handle_fault(handle, CALL_CLEAR_KV_CACHE);
    Handle *taken = handle_take_after_abort(handle, "rkllm_clear_kv_cache");
    if (taken == NULL) {
        return -1;
    }
    int result = 0;
    if (start_pos != NULL || end_pos != NULL) {
        result = pause_clear_ranges(taken, start_pos, end_pos) ? 0 : -1;
    } else {
        clear_caches(taken, keep_system_prompt != 0);
    }
    handle_release(taken);
    return result;
}

int rkllm_get_kv_cache_size(LLMHandle handle, int *cache_sizes) {
    handle_fault(handle, CALL_GET_KV_CACHE_SIZE);
    Handle *taken = handle_take(handle, "rkllm_get_kv_cache_size", false);
    if (taken == NULL) {
        return -1;
    }
    if (cache_sizes == NULL) {
        report_misuse("rkllm_get_kv_cache_size was given NULL for its sizes");
    }
    for (size_t i = 0; cache_sizes != NULL && i < taken->batch; i++) {
        cache_sizes[i] = (int)taken->caches[i].positions.count;
    }
    handle_release(taken);
    return cache_sizes == NULL ? -1 : 0;
}

/* Acquires the handle for a call that would change the state of a paused run. */
static Handle *take_unpaused(LLMHandle key, const char *function) {
    Handle *handle = handle_take(key, function, false);
    if (handle != NULL && handle->pause.active) {
        report_misuse("%s was called while a run is paused", function);
        handle_release(handle);
        return NULL;
    }
    return handle;
}

int rkllm_set_chat_template(LLMHandle handle, const char *system_prompt, const char *prompt_prefix,
                            const char *prompt_postfix) {
    handle_fault(handle, CALL_SET_CHAT_TEMPLATE);
    Handle *taken = take_unpaused(handle, "rkllm_set_chat_template");
    if (taken == NULL) {
        return -1;
    }
    int result = 0;
    if (system_prompt == NULL || prompt_prefix == NULL || prompt_postfix == NULL) {
        report_misuse("rkllm_set_chat_template was given NULL for a text");
        result = -1;
    } else {
        chat_replace_template(&taken->chat, system_prompt, prompt_prefix, prompt_postfix);
        clear_caches(taken, false);
    }
    handle_release(taken);
    return result;
}

int rkllm_set_function_tools(LLMHandle handle, const char *system_prompt, const char *tools,
                             const char *tool_response_str) {
    handle_fault(handle, CALL_SET_FUNCTION_TOOLS);
    Handle *taken = take_unpaused(handle, "rkllm_set_function_tools");
    if (taken == NULL) {
        return -1;
    }
    int result = 0;
    if (system_prompt == NULL || tools == NULL || tool_response_str == NULL) {
        report_misuse("rkllm_set_function_tools was given NULL for a text");
        result = -1;
    } else if (!chat_uses_model_template(&taken->chat, taken->model)) {
        log_error("function tools need the model's own chat template");
        result = -1;
    } else {
        chat_set_tools(&taken->chat, system_prompt, tools, tool_response_str);
        clear_caches(taken, false);
    }
    handle_release(taken);
    return result;
}

int rkllm_load_lora(LLMHandle handle, RKLLMLoraAdapter *lora_adapter) {
    handle_fault(handle, CALL_LOAD_LORA);
    Handle *taken = handle_take(handle, "rkllm_load_lora", false);
    if (taken == NULL) {
        return -1;
    }
    bool ok = false;
    if (lora_adapter == NULL || lora_adapter->lora_adapter_path == NULL ||
        lora_adapter->lora_adapter_name == NULL) {
        report_misuse("rkllm_load_lora was given NULL for its %s",
                      lora_adapter == NULL                      ? "adapter"
                      : lora_adapter->lora_adapter_path == NULL ? "path"
                                                                : "name");
    } else {
        ok = lora_load(&taken->adapters, taken->model, lora_adapter->lora_adapter_path,
                       lora_adapter->lora_adapter_name, lora_adapter->scale);
    }
    handle_release(taken);
    return ok ? 0 : -1;
}

/* Fills the caches that hold no conversation with the loaded prompt cache. */
static void fill_with_prompt_cache(Handle *handle) {
    for (size_t i = 0; i < handle->batch; i++) {
        KvCache *cache = &handle->caches[i];
        if (cache->history_count == 0) {
            kv_cache_truncate(cache, 0);
            positions_append_all(&cache->positions, &handle->prompt_cache.positions);
            cache->influence = handle->prompt_cache.influence;
        }
    }
}

/* Returns whether a prompt cache may be loaded after the last run. */
static bool may_load(const Handle *handle) {
    if (handle->aborted && handle->model->defaults.faults.prompt_cache_crash) {
        ending_perform(ENDING_SIGSEGV);
    }
    bool ok = RELEASE_LOADS_AFTER_ABORT || !handle->aborted;
    if (!ok) {
        report_misuse("rkllm_load_prompt_cache was called after an aborted run without a clear, "
                      "which ends the process in release %s", RELEASE_VERSION);
    }
    return ok;
}

int rkllm_load_prompt_cache(LLMHandle handle, const char *prompt_cache_path) {
    handle_fault(handle, CALL_LOAD_PROMPT_CACHE);
    Handle *taken = take_unpaused(handle, "rkllm_load_prompt_cache");
    if (taken == NULL) {
        return -1;
    }
    bool ok = false;
    if (prompt_cache_path == NULL) {
        report_misuse("rkllm_load_prompt_cache was given NULL for its path");
    } else if (taken->prompt_cache.loaded) {
        report_misuse("rkllm_load_prompt_cache was called before the last one was released");
    } else if (may_load(taken)) {
        ok = prompt_cache_read(&taken->prompt_cache, prompt_cache_path, taken->model,
                               taken->tokenizer, (size_t)taken->max_context - CONTEXT_RESERVE);
    }
    if (ok) {
        fill_with_prompt_cache(taken);
    }
    handle_release(taken);
    return ok ? 0 : -1;
}

/* Releases the prompt cache. Positions computed by runs stay, unless they follow released ones. */
static void drop_prompt_cache(Handle *handle) {
    const Positions *positions = &handle->prompt_cache.positions;
    for (size_t i = 0; i < handle->batch; i++) {
        KvCache *cache = &handle->caches[i];
        bool goes_on = positions_common(&cache->positions, positions) == positions->count;
        if (cache->history_count == 0 && goes_on) {
            kv_cache_truncate(cache, 0);
        }
    }
    prompt_cache_free(&handle->prompt_cache);
}

int rkllm_release_prompt_cache(LLMHandle handle) {
    handle_fault(handle, CALL_RELEASE_PROMPT_CACHE);
    Handle *taken = take_unpaused(handle, "rkllm_release_prompt_cache");
    if (taken == NULL) {
        return -1;
    }
    bool loaded = taken->prompt_cache.loaded;
    if (loaded) {
        drop_prompt_cache(taken);
    } else {
        log_error("no prompt cache is loaded");
    }
    handle_release(taken);
    return loaded ? 0 : -1;
}

/* Returns the name of a missing buffer, or NULL if there is none. */
static const char *missing_in(const RKLLMCrossAttnParam *param) {
    return param == NULL                    ? "parameters"
           : param->encoder_k_cache == NULL ? "encoder_k_cache"
           : param->encoder_v_cache == NULL ? "encoder_v_cache"
           : param->encoder_mask == NULL    ? "encoder_mask"
           : param->encoder_pos == NULL     ? "encoder_pos"
                                            : NULL;
}

static bool set_attention(Handle *handle, const RKLLMCrossAttnParam *param) {
    const char *missing = missing_in(param);
    if (missing != NULL) {
        report_misuse("rkllm_set_cross_attn_params was given NULL for its %s", missing);
        return false;
    }
    if (param->num_tokens < 1) {
        report_misuse("rkllm_set_cross_attn_params was given num_tokens %d", param->num_tokens);
        return false;
    }
    if (handle->settings.use_cross_attn == 0) {
        log_error("rkllm_set_cross_attn_params needs use_cross_attn 1 at init");
        return false;
    }
    handle->attention = (CrossAttention){.keys = param->encoder_k_cache,
                                         .values = param->encoder_v_cache,
                                         .mask = param->encoder_mask,
                                         .places = param->encoder_pos,
                                         .tokens = (size_t)param->num_tokens};
    return true;
}

int rkllm_set_cross_attn_params(LLMHandle handle, RKLLMCrossAttnParam *cross_attn_params) {
    handle_fault(handle, CALL_SET_CROSS_ATTN_PARAMS);
    Handle *taken = take_unpaused(handle, "rkllm_set_cross_attn_params");
    if (taken == NULL) {
        return -1;
    }
    bool ok = set_attention(taken, cross_attn_params);
    handle_release(taken);
    return ok ? 0 : -1;
}
