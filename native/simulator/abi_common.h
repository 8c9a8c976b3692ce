/*
 * The parts that all ABIs read in the same way. Included by abi_1_2.c and abi_1_3.c after their
 * header.
 */
#ifndef SIM_ABI_COMMON_H
#define SIM_ABI_COMMON_H

#include "abi.h"
#include "log.h"
#include "prompt_cache.h"

/* Reads the members that RKLLMParam has in all releases. */
static inline void abi_read_common(const RKLLMParam *param, Settings *settings) {
    *settings = (Settings){
        .model_path = sim_copy_text(param->model_path),
        .max_context_len = param->max_context_len,
        .max_new_tokens = param->max_new_tokens,
        .n_keep = param->n_keep,
        .sampling = {.top_k = param->top_k,
                     .top_p = param->top_p,
                     .temperature = param->temperature,
                     .repeat_penalty = param->repeat_penalty,
                     .frequency_penalty = param->frequency_penalty,
                     .presence_penalty = param->presence_penalty,
                     .mirostat = param->mirostat,
                     .mirostat_tau = param->mirostat_tau,
                     .mirostat_eta = param->mirostat_eta},
        .skip_special_token = param->skip_special_token,
        .is_async = param->is_async,
        .base_domain_id = param->extend_param.base_domain_id,
        .embed_flash = param->extend_param.embed_flash,
        .enabled_cpus_num = param->extend_param.enabled_cpus_num,
        .enabled_cpus_mask = param->extend_param.enabled_cpus_mask,
        .n_batch = param->extend_param.n_batch,
        .use_cross_attn = param->extend_param.use_cross_attn,
    };
}

/* Checks for invalid NULLs and enum values. */
static inline bool abi_check_params(const RKLLMInferParam *params) {
    if ((unsigned)params->mode > RKLLM_INFER_GET_LOGITS) {
        report_misuse("mode is %d, which is invalid", (int)params->mode);
        return false;
    }
    if (params->keep_history != 0 && params->keep_history != 1) {
        report_misuse("keep_history is %d, but must be 0 or 1", params->keep_history);
        return false;
    }
    return true;
}

/* Returns a copy of the path that a run writes its prompt cache to, or NULL if it writes none. */
static inline char *abi_copy_cache_path(const RKLLMPromptCacheParam *cache) {
    if (cache == NULL || cache->save_prompt_cache == 0) {
        return NULL;
    }
    return sim_copy_text(cache->prompt_cache_path == NULL ? PROMPT_CACHE_PATH
                                                          : cache->prompt_cache_path);
}

static inline bool abi_check_input(const RKLLMInput *input) {
    const char *missing = NULL;
    switch (input->input_type) {
    case RKLLM_INPUT_PROMPT:
        missing = input->prompt_input == NULL ? "prompt_input" : NULL;
        break;
    case RKLLM_INPUT_TOKEN:
        missing = input->token_input.input_ids == NULL && input->token_input.n_tokens > 0
                      ? "token_input.input_ids"
                      : NULL;
        break;
    case RKLLM_INPUT_EMBED:
        missing = input->embed_input.embed == NULL && input->embed_input.n_tokens > 0
                      ? "embed_input.embed"
                      : NULL;
        break;
    case RKLLM_INPUT_MULTIMODAL:
        missing = input->multimodal_input.prompt == NULL ? "multimodal_input.prompt" : NULL;
        break;
    default:
        report_misuse("input_type is %d, which is invalid", (int)input->input_type);
        return false;
    }
    if (missing != NULL) {
        report_misuse("%s is NULL", missing);
    }
    return missing == NULL;
}

static inline void abi_read_input(const RKLLMInput *from, Input *input) {
    const char *role = from->role == NULL || from->role[0] == '\0' ? "user" : from->role;
    *input = (Input){.type = (int)from->input_type,
                     .role = sim_copy_text(role),
                     .thinking = from->enable_thinking};
    switch (from->input_type) {
    case RKLLM_INPUT_PROMPT:
        input->prompt = sim_copy_text(from->prompt_input);
        break;
    case RKLLM_INPUT_TOKEN:
        input->ids = from->token_input.input_ids;
        input->count = from->token_input.n_tokens;
        break;
    case RKLLM_INPUT_EMBED:
        input->rows = from->embed_input.embed;
        input->count = from->embed_input.n_tokens;
        break;
    case RKLLM_INPUT_MULTIMODAL:
        input->prompt = sim_copy_text(from->multimodal_input.prompt);
        break;
    }
}

/* Reads the media of a multimodal input (abi_1_2.c and abi_1_3.c). */
static void abi_read_media(const Settings *settings, const RKLLMMultiModalInput *from,
                           Input *input);

/*
 * Reads the inputs and the members that RKLLMInferParam has in all releases. Returns false after
 * reporting misuse.
 */
static inline bool abi_read_run_common(const Settings *settings, const RKLLMInput *inputs,
                                       const RKLLMInferParam *params, Request *request) {
    if (inputs == NULL) {
        report_misuse("the input of a run is NULL");
        return false;
    }
    for (int i = 0; i < settings->n_batch; i++) {
        if (!abi_check_input(&inputs[i])) {
            return false;
        }
    }
    if (!abi_check_params(params)) {
        return false;
    }
    *request = (Request){
        .input_count = (size_t)settings->n_batch,
        .mode = (int)params->mode,
        .lora_name = params->lora_params == NULL
                         ? NULL
                         : sim_copy_text(params->lora_params->lora_adapter_name),
        .prompt_cache_path = abi_copy_cache_path(params->prompt_cache_params),
        .sampling = settings->sampling,
        .keep_history = params->keep_history,
        .max_new_tokens = settings->max_new_tokens,
    };
    request->inputs = sim_alloc(request->input_count * sizeof(Input));
    for (size_t i = 0; i < request->input_count; i++) {
        abi_read_input(&inputs[i], &request->inputs[i]);
        if (inputs[i].input_type == RKLLM_INPUT_MULTIMODAL) {
            abi_read_media(settings, &inputs[i].multimodal_input, &request->inputs[i]);
        }
    }
    return true;
}

#endif
