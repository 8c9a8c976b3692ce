/*
 * The functions of librkllmrt.so that load a model and run it; api_state.c has the others. Each one
 * validates its arguments, acquires the handle and delegates the work.
 */
#define RKLLM_API __attribute__((visibility("default")))
#include "rkllm.h"

#include <string.h>
#include <unistd.h>

#include "abi.h"
#include "handle.h"
#include "input.h"
#include "json.h"
#include "load.h"
#include "log.h"
#include "release.h"
#include "run.h"

/* Read from the library file by clients that identify it; not used at run time. */
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
                         .processors = {.tokenize = callback->tokenizer_callback,
                                        .tokenize_userdata = callback->tokenizer_userdata,
                                        .embed = callback->embed_callback,
                                        .embed_userdata = callback->embed_userdata}};
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
    handle_fault(handle, CALL_DESTROY);
    return unload(handle);
}

/* Returns whether the handle supports the run, according to its model and its state. */
static bool is_possible(const Handle *handle, const Request *request) {
    bool generates = request->mode == RKLLM_INFER_GENERATE;
    if (handle->pause.active && (request->keep_history != 0 || !generates)) {
        report_misuse("a paused run must be resumed with keep_history 0 and mode 0, not %d and %d",
                      request->keep_history, request->mode);
        return false;
    }
    if (request->input_count > 1 && request->keep_history != 0) {
        log_error("keep_history 1 needs n_batch 1, but it is %zu", request->input_count);
        return false;
    }
#if RKLLM_ABI == 12
    /* The vendor's runtime fails an assertion here. */
    if (request->mode == RKLLM_INFER_GET_LOGITS && request->keep_history != 0 &&
        request->inputs[0].type == RKLLM_INPUT_TOKEN) {
        report_misuse("logits of token input cannot keep history in release %s", RELEASE_VERSION);
        return false;
    }
#endif
    if (handle->settings.use_cross_attn != 0 && handle->attention.keys == NULL) {
        log_error("use_cross_attn 1 needs rkllm_set_cross_attn_params before a run");
        return false;
    }
    Influence influence = {0};
    if (!lora_influence(&handle->adapters, request->lora_name, &influence)) {
        log_error("lora adapter %s is not loaded", request->lora_name);
        return false;
    }
    return true;
}

/* Checks the prompt: results of tools must be JSON. Input added to a paused run is not checked. */
static bool is_readable(const Handle *handle, const Input *input) {
    bool tool_result = !handle->pause.active && input->prompt != NULL &&
                       strcmp(input->role, "tool") == 0;
    if (tool_result && !json_is_valid(input->prompt)) {
        log_error("the prompt of role tool is not JSON");
        return false;
    }
    return true;
}

/* Checks a request and reads the memory it points to. */
static bool prepare(Handle *handle, Request *request) {
    if (!is_possible(handle, request)) {
        return false;
    }
    for (size_t i = 0; i < request->input_count; i++) {
        if (!is_readable(handle, &request->inputs[i]) ||
            !input_digest(&request->inputs[i], handle->model, handle->tokenizer,
                          handle->pause.active)) {
            return false;
        }
    }
    return true;
}

static int run_on_worker(Handle *handle, const Request *request, bool wait) {
    Request *own = sim_alloc(sizeof *own);
    *own = *request;
    return worker_run(handle, own, wait); /* releases the handle and frees the request */
}

/* Performs a run, here or on the worker; takes ownership of the handle and the request. */
static int begin_run(Handle *handle, Request *request) {
    /* Copies, because an asynchronous run may end, and its handle be destroyed, at any time. */
    bool async = request->async;
    const Faults faults = handle->model->defaults.faults;
    bool refuses = async && faults.has_async_code && !faults.async_code_runs;
    int result = faults.async_code;
    if ((async || faults.join_at_exit) && !refuses) {
        result = run_on_worker(handle, request, !async);
        return async && faults.has_async_code ? faults.async_code : result;
    }
    if (!refuses) {
        result = run_execute(handle, request);
    }
    request_free(request);
    handle_release(handle);
    return result;
}

static int start_run(const char *function, LLMHandle key, const RKLLMInput *input,
                     const RKLLMInferParam *params, void *userdata, bool async) {
    Handle *handle = handle_take(key, function, true);
    if (handle == NULL) {
        return -1;
    }
    static const RKLLMInferParam no_params = {0};
    if (params == NULL) {
        log_warning("%s was given no RKLLMInferParam, all members are assumed to be 0", function);
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
    request.async = async || handle->settings.is_async;
    return begin_run(handle, &request);
}

int rkllm_run(LLMHandle handle, RKLLMInput *rkllm_input, RKLLMInferParam *rkllm_infer_params,
              void *userdata) {
    handle_fault(handle, CALL_RUN);
    return start_run("rkllm_run", handle, rkllm_input, rkllm_infer_params, userdata, false);
}

int rkllm_run_async(LLMHandle handle, RKLLMInput *rkllm_input, RKLLMInferParam *rkllm_infer_params,
                    void *userdata) {
    handle_fault(handle, CALL_RUN_ASYNC);
    return start_run("rkllm_run_async", handle, rkllm_input, rkllm_infer_params, userdata, true);
}

int rkllm_abort(LLMHandle handle) {
    handle_fault(handle, CALL_ABORT);
    return handle_abort(handle) ? 0 : -1;
}

int rkllm_is_running(LLMHandle handle) {
    handle_fault(handle, CALL_IS_RUNNING);
    int running = handle_running(handle);
    if (running < 0) {
        return -1;
    }
    return running == 1 ? RELEASE_RUNNING : RELEASE_IDLE;
}
