/*
 * The parameters of a handle and of a run, independent of the ABI. abi_1_2.c and abi_1_3.c fill
 * them from the structs of their header.
 */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"
#include "picture.h"
#include "position.h"

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

/* The parameters of init. Strings are copies. */
typedef struct Settings {
    char *model_path;
    int32_t max_context_len;
    int32_t max_new_tokens;
    int32_t n_keep;
    Sampling sampling;
    bool skip_special_token;
    bool ignore_eos_token;
    bool is_async;
    char *img_start; /* 1.2 only, as the next two */
    char *img_end;
    char *img_content;
    int32_t base_domain_id;
    int embed_flash;
    int enabled_cpus_num;
    uint32_t enabled_cpus_mask;
    int n_batch;
    int use_cross_attn;
} Settings;

/* The images, videos or audio clips of an input. */
typedef struct Media {
    const float *rows; /* memory of the caller, read only by input_digest */
    size_t count;
    size_t frames;     /* frames of each item; 1 for images and clips */
    size_t tokens;     /* rows of a frame */
    size_t width;      /* 0 for clips, as is height */
    size_t height;
    const char *start; /* the tags, NULL if empty; read later, as rows are */
    const char *end;
    const char *content;
} Media;

/* An input of a run. Strings are copies. */
typedef struct Input {
    int type; /* RKLLMInputType */
    char *role;
    bool thinking;
    char *prompt; /* of prompts and multimodal inputs; NULL for others */
    Media media[MEDIA_KINDS]; /* of multimodal inputs */
    Pictures pictures; /* the resulting pictures, ordered by kind and numbered from 1 */
    /* Of token and embedding inputs; memory of the caller, read only by input_digest. */
    const int32_t *ids;
    const float *rows;
    size_t count;
    Positions content; /* resulting positions; for multimodal inputs, those of the pictures */
} Input;

/*
 * The parameters of a run. All of them are copies, so that an asynchronous run does not depend on
 * its caller's memory.
 */
typedef struct Request {
    Input *inputs; /* one for each member of the batch */
    size_t input_count;
    int mode; /* RKLLMInferMode */
    char *lora_name;
    char *prompt_cache_path; /* path to write a prompt cache to, or NULL */
    bool has_sampling; /* sampling parameters were set for this run */
    Sampling sampling; /* effective sampling parameters of this run */
    int keep_history;
    int32_t max_new_tokens; /* effective limit of this run; 0 or less for none */
    void *userdata;         /* for the result callback */
    bool async;             /* the caller does not wait for it */
} Request;

void settings_free(Settings *settings);
void request_free(Request *request);

/*
 * Write the value of a parameter, identified by its name in the vendor's header, such as "top_k":
 * as passed to init, or as effective in a run for one of its inputs. Return false if the name is
 * unknown.
 */
bool settings_value(const Settings *settings, const char *name, Bytes *out);
bool request_value(const Request *request, const Input *input, const char *name, Bytes *out);

#endif
