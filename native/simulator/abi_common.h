/* What both ABIs read alike. Included by abi_1_2.c and abi_1_3.c after their header. */
#ifndef SIM_ABI_COMMON_H
#define SIM_ABI_COMMON_H

#include "abi.h"
#include "log.h"

/* The members both releases of RKLLMParam have. */
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

/* Checks what must not be NULL and what must be a value of its enum. */
static inline bool abi_check_run(const RKLLMInput *input, const RKLLMInferParam *params) {
    if (input == NULL) {
        report_misuse("a run was given NULL for its input");
        return false;
    }
    if ((unsigned)input->input_type > RKLLM_INPUT_MULTIMODAL) {
        report_misuse("input_type %d is unknown", (int)input->input_type);
        return false;
    }
    if ((unsigned)params->mode > RKLLM_INFER_GET_LOGITS) {
        report_misuse("mode %d is unknown", (int)params->mode);
        return false;
    }
    if (params->keep_history != 0 && params->keep_history != 1) {
        report_misuse("keep_history is %d, neither 0 nor 1", params->keep_history);
        return false;
    }
    if (input->input_type == RKLLM_INPUT_PROMPT && input->prompt_input == NULL) {
        report_misuse("prompt_input is NULL");
        return false;
    }
    return true;
}

/* The members both releases of RKLLMInput and RKLLMInferParam have. */
static inline void abi_read_run_common(const Settings *settings, const RKLLMInput *input,
                                       const RKLLMInferParam *params, Request *request) {
    const char *role = input->role == NULL || input->role[0] == '\0' ? "user" : input->role;
    bool is_prompt = input->input_type == RKLLM_INPUT_PROMPT;
    *request = (Request){
        .input_type = (int)input->input_type,
        .role = sim_copy_text(role),
        .thinking = input->enable_thinking,
        .prompt = sim_copy_text(is_prompt ? input->prompt_input : ""),
        .mode = (int)params->mode,
        .lora_name = params->lora_params == NULL
                         ? NULL
                         : sim_copy_text(params->lora_params->lora_adapter_name),
        .save_prompt_cache = params->prompt_cache_params != NULL &&
                             params->prompt_cache_params->save_prompt_cache != 0,
        .sampling = settings->sampling,
        .keep_history = params->keep_history,
        .max_new_tokens = settings->max_new_tokens,
    };
}

#endif
