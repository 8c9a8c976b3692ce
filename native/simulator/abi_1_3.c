/* The structs of release 1.3.0. */
#include "abi_common.h"

void abi_read_param(const RKLLMParam *param, Settings *settings) {
    abi_read_common(param, settings);
    settings->ignore_eos_token = param->ignore_eos_token;
}

bool abi_read_run(const Settings *settings, const RKLLMInput *inputs, const RKLLMInferParam *params,
                  Request *request) {
    if (!abi_read_run_common(settings, inputs, params, request)) {
        return false;
    }
    if (params->sampling_params != NULL) {
        const RKLLMSamplingParam *sampling = params->sampling_params;
        request->has_sampling = true;
        request->sampling = (Sampling){.top_k = sampling->top_k,
                                       .top_p = sampling->top_p,
                                       .temperature = sampling->temperature,
                                       .repeat_penalty = sampling->repeat_penalty,
                                       .frequency_penalty = sampling->frequency_penalty,
                                       .presence_penalty = sampling->presence_penalty,
                                       .mirostat = sampling->mirostat,
                                       .mirostat_tau = sampling->mirostat_tau,
                                       .mirostat_eta = sampling->mirostat_eta};
    }
    if (params->max_new_tokens > 0) {
        request->max_new_tokens = params->max_new_tokens;
    }
    return true;
}
