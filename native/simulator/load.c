#include "load.h"

#include <string.h>
#include <strings.h>

#include "clock.h"
#include "ending.h"
#include "handle.h"
#include "ledger.h"
#include "log.h"
#include "npu_memory.h"
#include "release.h"
#include "stray.h"

static const char *const platforms[] = {"RK3588", "RK3576", "RV1126B", "RK3562"};

enum { ADVISED_BATCH = 8 };

static bool check_platform(const Model *model) {
    const char *board = model->board == NULL ? model->platform : model->board;
    bool known = false;
    for (size_t i = 0; i < sizeof platforms / sizeof *platforms; i++) {
        known |= strcasecmp(board, platforms[i]) == 0;
    }
    if (!known) {
        log_error("Platform error, must be either RK3588, RK3576, RV1126B or RK3562. "
                  "Your platform is %s", board);
        return false;
    }
    if (strcasecmp(board, model->platform) != 0) {
        log_error("Platform error, the model's target_platform is %s. Your platform is %s",
                  model->platform, board);
        return false;
    }
    return true;
}

/* Checks the context length and rounds it up to a multiple of 32, as the hardware requires. */
static bool check_context(const Settings *settings, const Model *model, int *context) {
    int asked = settings->max_context_len;
    if (asked <= 0) {
        log_error("max_context[%d] must be greater than 0", asked);
        return false;
    }
    if (asked > model->context_limit) {
        log_error("max_context[%d] must be less than the model's max_context_limit[%d]", asked,
                  model->context_limit);
        return false;
    }
    *context = (asked + 31) / 32 * 32;
    if (*context != asked) {
        log_warning("max_context[%d] is not a multiple of 32, using %d", asked, *context);
    }
    return true;
}

static bool check_cpus(const Settings *settings, const Model *model) {
    int bits = 0;
    for (uint32_t mask = settings->enabled_cpus_mask; mask != 0; mask &= mask - 1) {
        bits++;
    }
    if (settings->enabled_cpus_num < model->npu_cores) {
        log_error("The number of enabled CPUs must be greater than or equal to the number of NPU "
                  "cores.");
        return false;
    }
    if (bits != settings->enabled_cpus_num) {
        log_error("enabled_cpus_mask[0x%X] has %d CPUs, enabled_cpus_num is %d",
                  settings->enabled_cpus_mask, bits, settings->enabled_cpus_num);
        return false;
    }
    return true;
}

static void check_batch(Settings *settings) {
    if (settings->n_batch == 0) {
        /* Clients that predate the member leave zeros in its place. */
        log_warning("n_batch[0] is treated as 1");
        settings->n_batch = 1;
    }
    if (settings->n_batch > ADVISED_BATCH) {
        log_warning("n_batch[%d] exceeds the recommended maximum of %d", settings->n_batch,
                    ADVISED_BATCH);
    }
}

/* Checks that a callback is provided if and only if the model needs it. */
static bool check_processor(const char *what, bool lacks, bool given) {
    if (lacks && !RELEASE_HAS_PROCESSORS) {
        log_error("the model has no %s of its own, and release %s has no callback for one", what,
                  RELEASE_VERSION);
        return false;
    }
    if (lacks && !given) {
        log_error("the model has no %s of its own, and no callback was provided for it", what);
        return false;
    }
    if (given && !lacks) {
        log_warning("the model has its own %s, so the callback is not used", what);
    }
    return true;
}

static bool check_processors(const Model *model, const Processors *processors) {
    return check_processor("tokenizer", model->no_tokenizer, processors->tokenize != NULL) &&
           check_processor("embedding", model->no_embedding, processors->embed != NULL);
}

/* Reserves the memory that the model needs in its base domain. */
static bool take_npu_memory(Handle *handle) {
    const Model *model = handle->model;
    handle->has_npu_memory =
        npu_memory_take(handle->settings.base_domain_id, model->npu_memory_mb);
    if (!handle->has_npu_memory && model->defaults.faults.npu_memory_crash) {
        ending_perform(ENDING_SIGSEGV);
    }
    if (!handle->has_npu_memory) {
        log_error("failed to malloc npu memory, size: %lld",
                  (long long)model->npu_memory_mb * 1024 * 1024);
    }
    return handle->has_npu_memory;
}

static void log_cpus(const Settings *settings) {
    Bytes list = {0};
    for (int cpu = 0; cpu < 32; cpu++) {
        if (settings->enabled_cpus_mask & (1u << cpu)) {
            bytes_append_format(&list, "%s%d", list.length == 0 ? "" : ", ", cpu);
        }
    }
    log_info("Enabled cpus: [%s]", bytes_text(&list));
    log_info("Enabled cpus num: %d", settings->enabled_cpus_num);
    bytes_free(&list);
}

static void log_loading(const Settings *settings, const Model *model) {
    log_info("rkllm-runtime version: %s, rknpu driver version: %s, platform: %s",
             RELEASE_VERSION, model->driver, model->board == NULL ? model->platform : model->board);
    log_info("loading rkllm model from %s", settings->model_path);
    log_info("rkllm-toolkit version: %s, max_context_limit: %d, npu_core_num: %d, "
             "target_platform: %s, model_dtype: %s",
             model->toolkit, model->context_limit, model->npu_cores, model->platform, model->dtype);
    if (model->template_unreadable) {
        log_error("Chat template auto-parsing failed: please configure it via "
                  "rkllm_set_chat_template");
    }
}

static void free_handle(Handle *handle) {
    if (handle->has_npu_memory) {
        npu_memory_give_back(handle->settings.base_domain_id, handle->model->npu_memory_mb);
    }
    emitter_free(&handle->emitter);
    output_unmap(&handle->kept_output);
    pause_end(&handle->pause);
    chat_free(&handle->chat);
    lora_free(&handle->adapters);
    prompt_cache_free(&handle->prompt_cache);
    for (size_t i = 0; i < handle->batch; i++) {
        kv_cache_free(&handle->caches[i]);
    }
    sim_free(handle->caches);
    tokenizer_free(handle->tokenizer);
    model_free(handle->model);
    settings_free(&handle->settings);
    sim_free(handle);
}

/* Frees a handle that was not registered, and then writes the ledger. */
static void give_up(Handle *handle) {
    char ledger[1024] = "";
    if (handle->model != NULL && handle->model->ledger != NULL) {
        strncpy(ledger, handle->model->ledger, sizeof ledger - 1);
    }
    free_handle(handle);
    ledger_write(ledger[0] == '\0' ? NULL : ledger);
}

static bool check_all(Handle *handle, const CallbackSet *callbacks) {
    return check_platform(handle->model) &&
           check_context(&handle->settings, handle->model, &handle->max_context) &&
           check_cpus(&handle->settings, handle->model) &&
           check_processors(handle->model, &callbacks->processors) && take_npu_memory(handle);
}

/* Applies faults of the model file that end init. Returns 0 if there are none. */
static int init_fault(const Faults *faults, bool *stop) {
    ending_perform(faults->in_call[CALL_INIT]);
    *stop = faults->has_init_code || faults->init_null;
    if (faults->has_init_code) {
        log_error("failed to load the model: simulated fault, code %d", faults->init_code);
    }
    return faults->has_init_code ? faults->init_code : 0;
}

int load(LLMHandle *key, const RKLLMParam *param, const CallbackSet *callbacks) {
    *key = NULL;
    Handle *handle = sim_alloc(sizeof *handle);
    abi_read_param(param, &handle->settings);
    handle->log_level = log_level();
    handle->model = model_read(handle->settings.model_path);
    if (handle->model == NULL) {
        give_up(handle);
        return -1;
    }
    log_loading(&handle->settings, handle->model);
    clock_sleep(handle->model->load_ms);
    check_batch(&handle->settings);
    if (!check_all(handle, callbacks)) {
        give_up(handle);
        return -1;
    }
    bool stop = false;
    int code = init_fault(&handle->model->defaults.faults, &stop);
    if (stop) {
        give_up(handle);
        return code;
    }
    handle->tokenizer = tokenizer_create(handle->model);
    if (handle->tokenizer == NULL) {
        give_up(handle);
        return -1;
    }
    handle->result_userdata = callbacks->result_userdata;
    handle->processors = callbacks->processors;
    handle->batch = (size_t)handle->settings.n_batch;
    handle->caches = sim_alloc(handle->batch * sizeof *handle->caches);
    emitter_create(&handle->emitter, callbacks->result_callback, handle->batch,
                   handle->model->unmap_buffers, handle->model->times != NULL);
    handle->emitter.userdata = callbacks->result_userdata; /* until a run provides its own */
    if (!handle_register(handle)) {
        log_error("failed to allocate a handle");
        give_up(handle);
        return -1;
    }
    log_cpus(&handle->settings);
    if (handle->settings.embed_flash != 0) {
        log_info("word embeddings are read from storage");
    }
    *key = handle->key;
    return 0;
}

int unload(LLMHandle key) {
    Handle *handle = handle_take_after_abort(key, "rkllm_destroy");
    if (handle == NULL) {
        return -1;
    }
    const Faults *faults = &handle->model->defaults.faults;
    int code = faults->has_destroy_code ? faults->destroy_code : 0;
    int64_t late_ms = faults->late_callback_ms;
    LLMResultCallback callback = handle->emitter.callback;
    void *userdata = handle->emitter.userdata;
    clock_sleep(handle->model->unload_ms);
    handle_unregister(handle);
    worker_stop(handle);
    give_up(handle);
    if (late_ms != NEVER) {
        stray_call_later(callback, userdata, late_ms);
    }
    return code;
}
