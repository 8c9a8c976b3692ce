/*
 * Libraries that look like releases of the runtime but do nothing, for tests of their
 * identification. createDefaultParam works; all other functions return -1.
 */
#ifndef STUB_H
#define STUB_H

#define EXPORT __attribute__((visibility("default")))

/* A function of the runtime that fails. Its actual parameters do not matter. */
#define FAILING(name)   \
    EXPORT int name(void); \
    EXPORT int name(void) { return -1; }

/* The functions that exist since 1.1, except rkllm_run and rkllm_abort. */
#define FAILING_SINCE_1_1_WITHOUT_RUN     \
    FAILING(rkllm_init)                   \
    FAILING(rkllm_load_lora)              \
    FAILING(rkllm_load_prompt_cache)      \
    FAILING(rkllm_release_prompt_cache)   \
    FAILING(rkllm_destroy)                \
    FAILING(rkllm_run_async)              \
    FAILING(rkllm_is_running)

#define FAILING_RUN    \
    FAILING(rkllm_run) \
    FAILING(rkllm_abort)

#define FAILING_SINCE_1_2_0           \
    FAILING(rkllm_clear_kv_cache)     \
    FAILING(rkllm_set_chat_template)

#define FAILING_SINCE_1_2_1              \
    FAILING(rkllm_get_kv_cache_size)     \
    FAILING(rkllm_set_function_tools)    \
    FAILING(rkllm_set_cross_attn_params)

/* The line that identifies the release. */
#define VERSION_LINE(text) __attribute__((used)) static const char version_line[] = text;

/* The defaults of releases 1.2 and 1.3, which differ only in the layout of type. */
#define DEFAULT_PARAM(type)                                                              \
    EXPORT type rkllm_createDefaultParam(void);                                          \
    EXPORT type rkllm_createDefaultParam(void) {                                         \
        return (type){.max_context_len = 512,                                            \
                      .max_new_tokens = -1,                                              \
                      .top_k = 40,                                                       \
                      .top_p = 0.9f,                                                     \
                      .temperature = 0.8f,                                               \
                      .repeat_penalty = 1.1f,                                            \
                      .mirostat_tau = 5.0f,                                              \
                      .mirostat_eta = 0.1f,                                              \
                      .skip_special_token = 1,                                           \
                      .extend_param = {.enabled_cpus_num = 4, .enabled_cpus_mask = 0x0F, \
                                       .n_batch = 1}};                                   \
    }

#endif
