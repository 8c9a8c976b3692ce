/*
 * Parameters of a handle and of a run, free of the layout of either ABI: abi_1_2.c and abi_1_3.c
 * fill them from the structs of their header.
 */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"

typedef struct Sampling {
    int32_t top_k;
    float top_p;
    float temperature;
    float repeat_penalty;
    float frequency_penalty;
    float presence_penalty;
    int32_t mirostat;
    float mirostat_tau;
    float mirostat_eta;
} Sampling;

/* What init was given. Strings are copies. */
typedef struct Settings {
    char *model_path;
    int32_t max_context_len;
    int32_t max_new_tokens;
    int32_t n_keep;
    Sampling sampling;
    bool skip_special_token;
    bool ignore_eos_token;
    bool is_async;
    char *img_start; /* 1.2 only, like the next two */
    char *img_end;
    char *img_content;
    int32_t base_domain_id;
    int embed_flash;
    int enabled_cpus_num;
    uint32_t enabled_cpus_mask;
    int n_batch;
    int use_cross_attn;
} Settings;

/* What a run was given. Strings are copies, so that an asynchronous run outlives its caller's. */
typedef struct Request {
    int input_type; /* RKLLMInputType */
    char *role;
    bool thinking;
    char *prompt; /* of prompt input */
    int mode;     /* RKLLMInferMode */
    char *lora_name;
    bool save_prompt_cache;
    bool has_sampling; /* sampling was given for this run */
    Sampling sampling; /* in force for this run */
    int keep_history;
    int32_t max_new_tokens; /* in force for this run; 0 or less: no limit */
    void *userdata;         /* for the result callback */
} Request;

void settings_free(Settings *settings);
void request_free(Request *request);

/*
 * Writes the value of one parameter by its name in the vendor's header, such as "top_k". run NULL:
 * as given to init, else as in force in that run. Returns false for an unknown name.
 */
bool settings_value(const Settings *settings, const Request *run, const char *name, Bytes *out);

#endif
