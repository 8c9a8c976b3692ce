/*
 * The functions of librkllmrt.so. Each checks what it is given, takes the handle and leaves the
 * work to others.
 */
#define RKLLM_API __attribute__((visibility("default")))
#include "rkllm.h"

#include <unistd.h>

#include "abi.h"
#include "handle.h"
#include "input.h"
#include "load.h"
#include "log.h"
#include "release.h"
#include "run.h"

/* Found by whoever looks into the library file; nothing reads it at run time. */
__attribute__((used)) static const char version_line[] =
    "RKLLM SDK (version: " RELEASE_VERSION " | target: simulator | build: reproducible)";

RKLLMParam rkllm_createDefaultParam(void) {
    bool many_cpus = sysconf(_SC_NPROCESSORS_ONLN) >= 8;
    return (RKLLMParam){
        .max_context_len = 512,
        .max_new_tokens = -1,
        .top_k = 40,
        .n_keep = 0,
        .top_p = 0.9f,
        .temperature = 0.8f,
        .repeat_penalty = 1.1f,
        .mirostat_tau = 5.0f,
        .mirostat_eta = 0.1f,
        .skip_special_token = true,
        .extend_param = {.enabled_cpus_num = 4,
                         .enabled_cpus_mask = many_cpus ? 0xF0 : 0x0F,
                         .n_batch = 1},
    };
}

#if RKLLM_ABI == 12
static bool read_callbacks(LLMResultCallback callback, CallbackSet *set) {
    *set = (CallbackSet){.result_callback = callback};
    return callback != NULL;
}
#else
static bool read_callbacks(const RKLLMCallback *callback, CallbackSet *set) {
    if (callback == NULL) {
        return false;
    }
    *set = (CallbackSet){.result_callback = callback->result_callback,
                         .result_userdata = callback->result_userdata,
                         .has_tokenizer = callback->tokenizer_callback != NULL,
                         .has_embed = callback->embed_callback != NULL};
    return callback->result_callback != NULL;
}
#endif

#if RKLLM_ABI == 12
int rkllm_init(LLMHandle *handle, RKLLMParam *param, LLMResultCallback callback) {
#else
int rkllm_init(LLMHandle *handle, RKLLMParam *param, RKLLMCallback *callback) {
#endif
    CallbackSet callbacks;
    if (handle == NULL || param == NULL || param->model_path == NULL ||
        !read_callbacks(callback, &callbacks)) {
        report_misuse("rkllm_init was given NULL for its %s",
                      handle == NULL              ? "handle"
                      : param == NULL             ? "parameters"
                      : param->model_path == NULL ? "model path"
                                                  : "callback");
        return -1;
    }
    return load(handle, param, &callbacks);
}

int rkllm_destroy(LLMHandle handle) {
    return unload(handle);
}

/* What a run may ask of this handle, as far as its model and its state decide it. */
static bool is_possible(const Handle *handle, const Request *request) {
    bool generates = request->mode == RKLLM_INFER_GENERATE;
    if (handle->pause.active && (request->keep_history != 0 || !generates)) {
        report_misuse("a paused run goes on with keep_history 0 and mode 0, not %d and %d",
                      request->keep_history, request->mode);
        return false;
    }
#if RKLLM_ABI == 12
    /* The real one fails an assertion here. */
    if (request->mode == RKLLM_INFER_GET_LOGITS && request->keep_history != 0 &&
        request->inputs[0].type == RKLLM_INPUT_TOKEN) {
        report_misuse("logits of token input cannot keep history in release %s", RELEASE_VERSION);
        return false;
    }
#endif
    if (request->inputs[0].type == RKLLM_INPUT_MULTIMODAL) {
        log_error("multimodal input is not simulated yet");
        return false;
    }
    Influence influence = {0};
    if (!lora_influence(&handle->adapters, request->lora_name, &influence)) {
        log_error("lora adapter %s is not loaded", request->lora_name);
        return false;
    }
    if (request->save_prompt_cache) {
        log_error("prompt caches are not simulated yet");
        return false;
    }
    return true;
}

/* Checks a request and reads the memory it points at. */
static bool prepare(Handle *handle, Request *request) {
    if (!is_possible(handle, request)) {
        return false;
    }
    for (size_t i = 0; i < request->input_count; i++) {
        if (!input_digest(&request->inputs[i], handle->model, handle->tokenizer,
                          handle->pause.active)) {
            return false;
        }
    }
    return true;
}

static int run_on_worker(Handle *handle, const Request *request, bool wait) {
    Request *own = sim_alloc(sizeof *own);
    *own = *request;
    return worker_run(handle, own, wait); /* which releases the handle and frees the request */
}

static int start_run(const char *function, LLMHandle key, const RKLLMInput *input,
                     const RKLLMInferParam *params, void *userdata, bool async) {
    Handle *handle = handle_take(key, function, true);
    if (handle == NULL) {
        return -1;
    }
    static const RKLLMInferParam no_params = {0};
    if (params == NULL) {
        log_warning("%s was given no RKLLMInferParam, all its members are taken as 0", function);
        params = &no_params;
    }
    Request request;
    if (!abi_read_run(&handle->settings, input, params, &request)) {
        handle_release(handle);
        return -1;
    }
    request.userdata = userdata != NULL ? userdata : handle->result_userdata;
    if (!prepare(handle, &request)) {
        request_free(&request);
        handle_release(handle);
        return -1;
    }
    bool in_background = async || handle->settings.is_async;
    if (in_background || handle->model->defaults.faults.join_at_exit) {
        return run_on_worker(handle, &request, !in_background);
    }
    int result = run_execute(handle, &request);
    request_free(&request);
    handle_release(handle);
    return result;
}

int rkllm_run(LLMHandle handle, RKLLMInput *rkllm_input, RKLLMInferParam *rkllm_infer_params,
              void *userdata) {
    return start_run("rkllm_run", handle, rkllm_input, rkllm_infer_params, userdata, false);
}

int rkllm_run_async(LLMHandle handle, RKLLMInput *rkllm_input, RKLLMInferParam *rkllm_infer_params,
                    void *userdata) {
    return start_run("rkllm_run_async", handle, rkllm_input, rkllm_infer_params, userdata, true);
}

int rkllm_abort(LLMHandle handle) {
    return handle_abort(handle) ? 0 : -1;
}

int rkllm_is_running(LLMHandle handle) {
    int running = handle_running(handle);
    if (running < 0) {
        return -1;
    }
    return running == 1 ? RELEASE_RUNNING : RELEASE_IDLE;
}

/* Clears all caches, or all but their system prompts. A paused run has nothing left to go on. */
static void clear_caches(Handle *handle, bool keep_system) {
    for (size_t i = 0; i < handle->batch; i++) {
        KvCache *cache = &handle->caches[i];
        size_t kept = keep_system ? cache->system_count : 0;
        kv_cache_truncate(cache, kept);
        cache->history_count = kept;
        cache->turns = 0;
    }
    pause_end(&handle->pause);
}

int rkllm_clear_kv_cache(LLMHandle handle, int keep_system_prompt, int *start_pos, int *end_pos) {
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

/* Takes the handle for a call that changes what a paused run would go on from. */
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

/* ---- not simulated yet: plain failures ---- */

static int not_yet(LLMHandle key, const char *function, const void *argument, bool has_argument) {
    Handle *handle = handle_take(key, function, false);
    if (handle == NULL) {
        return -1;
    }
    if (has_argument && argument == NULL) {
        report_misuse("%s was given NULL", function);
    } else {
        log_error("%s is not simulated yet", function);
    }
    handle_release(handle);
    return -1;
}

int rkllm_load_prompt_cache(LLMHandle handle, const char *prompt_cache_path) {
    return not_yet(handle, "rkllm_load_prompt_cache", prompt_cache_path, true);
}

int rkllm_release_prompt_cache(LLMHandle handle) {
    return not_yet(handle, "rkllm_release_prompt_cache", NULL, false);
}

int rkllm_set_cross_attn_params(LLMHandle handle, RKLLMCrossAttnParam *cross_attn_params) {
    return not_yet(handle, "rkllm_set_cross_attn_params", cross_attn_params, true);
}
