/*
 * C interface of librkllmrt.so with ABI 1.2, which is that of releases 1.2.1, 1.2.2 and 1.2.3.
 *
 * Written for this project: names, types and layouts are those of the runtime, so that code
 * compiled against this file can call it. Valid as C11 and as C++17. The build derives a static
 * assertion from every entry of abi/abi-1.2.3.json and compiles it against this file.
 *
 * There are two ways to use it:
 * - link against the library: the prototypes at the end are sufficient;
 * - open the library at run time: define RKLLM_NO_PROTOTYPES and use the <function>_fn types.
 *
 * None of the functions is thread-safe for one handle except rkllm_abort and rkllm_is_running.
 */
#ifndef RKLLM_V1_2_RKLLM_H
#define RKLLM_V1_2_RKLLM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks the functions of the library; the simulator redefines it to export them. */
#ifndef RKLLM_API
#define RKLLM_API
#endif

/* Bits of RKLLMExtendParam.enabled_cpus_mask. */
#define CPU0 (1 << 0)
#define CPU1 (1 << 1)
#define CPU2 (1 << 2)
#define CPU3 (1 << 3)
#define CPU4 (1 << 4)
#define CPU5 (1 << 5)
#define CPU6 (1 << 6)
#define CPU7 (1 << 7)

/* A loaded model. Opaque; created by rkllm_init, destroyed by rkllm_destroy. */
typedef void *LLMHandle;

/* The reason for which the result callback is called. */
typedef enum LLMCallState {
    RKLLM_RUN_NORMAL = 0,  /* a token was generated, or an output of the other modes is ready */
    RKLLM_RUN_WAITING = 1, /* the bytes so far end inside a UTF-8 character */
    RKLLM_RUN_FINISH = 2,  /* the run has ended; perf is valid only here */
    RKLLM_RUN_ERROR = 3    /* the run has failed; the result may be NULL */
} LLMCallState;

/* The kind of an input, which determines the member of the union in RKLLMInput. */
typedef enum RKLLMInputType {
    RKLLM_INPUT_PROMPT = 0,    /* text, to which the chat template is applied */
    RKLLM_INPUT_TOKEN = 1,     /* token ids, passed on unchanged */
    RKLLM_INPUT_EMBED = 2,     /* rows of embeddings, passed on unchanged */
    RKLLM_INPUT_MULTIMODAL = 3 /* text with images */
} RKLLMInputType;

/* The output that a run computes. */
typedef enum RKLLMInferMode {
    RKLLM_INFER_GENERATE = 0,              /* text, token by token */
    RKLLM_INFER_GET_LAST_HIDDEN_LAYER = 1, /* hidden states of all prompt tokens */
    RKLLM_INFER_GET_LOGITS = 2             /* logits of all prompt tokens */
} RKLLMInferMode;

/* Settings that were added to RKLLMParam after its first releases. */
typedef struct RKLLMExtendParam {
    int32_t base_domain_id;     /* NPU address space; different for each model of a process */
    int8_t embed_flash;         /* 1: word embeddings are read from storage instead of memory */
    int8_t enabled_cpus_num;    /* number of CPUs the runtime may use */
    uint32_t enabled_cpus_mask; /* the CPUs, with enabled_cpus_num bits set */
    uint8_t n_batch;            /* number of inputs per run, 1 by default */
    int8_t use_cross_attn;      /* 1: the decoder uses the data of rkllm_set_cross_attn_params */
    uint8_t reserved[104];
} RKLLMExtendParam;

/* The parameters of a model. Start from rkllm_createDefaultParam and change individual values. */
typedef struct RKLLMParam {
    const char *model_path;
    int32_t max_context_len;  /* in tokens; at most the model's limit */
    int32_t max_new_tokens;   /* per run; -1: until the end of the sequence or of the context */
    int32_t top_k;            /* sampling: the number of most probable tokens */
    int32_t n_keep;           /* positions kept at the front when the context is shifted; -1: all */
    float top_p;              /* sampling: the probability mass of the most probable tokens */
    float temperature;        /* sampling: 0 is greedy */
    float repeat_penalty;
    float frequency_penalty;
    float presence_penalty;
    int32_t mirostat;         /* 0: off; 1, 2: version of Mirostat */
    float mirostat_tau;
    float mirostat_eta;
    bool skip_special_token;  /* omit special tokens from the text */
    bool is_async;            /* rkllm_run returns immediately */
    const char *img_start;    /* multimodal: tag before an image */
    const char *img_end;      /* multimodal: tag after an image */
    const char *img_content;  /* multimodal: tag for each image token */
    RKLLMExtendParam extend_param;
} RKLLMParam;

/* A LoRA adapter file, with the name and the strength to load it with. */
typedef struct RKLLMLoraAdapter {
    const char *lora_adapter_path;
    const char *lora_adapter_name;
    float scale;
} RKLLMLoraAdapter;

/* Embeddings as input: n_tokens rows of the model's embedding width. */
typedef struct RKLLMEmbedInput {
    float *embed;
    size_t n_tokens;
} RKLLMEmbedInput;

/* Token ids as input. */
typedef struct RKLLMTokenInput {
    int32_t *input_ids;
    size_t n_tokens;
} RKLLMTokenInput;

/*
 * Text with images. The prompt contains one <image> for each of them; the embeddings are computed
 * by a separate vision encoder. The tags are in RKLLMParam.
 */
typedef struct RKLLMMultiModalInput {
    char *prompt;
    float *image_embed;    /* n_image * n_image_tokens rows */
    size_t n_image_tokens; /* rows of one image */
    size_t n_image;
    size_t image_width;
    size_t image_height;
} RKLLMMultiModalInput;

/* The spelling in releases 1.2.1 and 1.2.2. */
typedef RKLLMMultiModalInput RKLLMMultiModelInput;

/* An input of a run. If n_batch is above 1, a run takes an array of that many inputs. */
typedef struct RKLLMInput {
    const char *role;     /* "user", or "tool" for the result of a tool call */
    bool enable_thinking; /* for templates that support thinking */
    RKLLMInputType input_type;
    union {
        const char *prompt_input;
        RKLLMEmbedInput embed_input;
        RKLLMTokenInput token_input;
        RKLLMMultiModalInput multimodal_input;
    };
} RKLLMInput;

/* The adapter of a run, identified by the name it was loaded with. */
typedef struct RKLLMLoraParam {
    const char *lora_adapter_name;
} RKLLMLoraParam;

/* Makes a run write its prompt cache. */
typedef struct RKLLMPromptCacheParam {
    int save_prompt_cache; /* 1: write */
    const char *prompt_cache_path;
} RKLLMPromptCacheParam;

/*
 * The output of an encoder for a decoder with cross-attention. K is laid out as
 * [layers][tokens][kv_heads][head_dim], V as [layers][kv_heads][head_dim][tokens]. The buffers must
 * stay valid as long as runs may read them.
 */
typedef struct RKLLMCrossAttnParam {
    float *encoder_k_cache;
    float *encoder_v_cache;
    float *encoder_mask;  /* num_tokens values */
    int32_t *encoder_pos; /* num_tokens positions */
    int num_tokens;
} RKLLMCrossAttnParam;

/* The parameters of one run. */
typedef struct RKLLMInferParam {
    RKLLMInferMode mode;
    RKLLMLoraParam *lora_params;                /* NULL: the base model */
    RKLLMPromptCacheParam *prompt_cache_params; /* NULL: no prompt cache is written */
    int keep_history;                           /* 1: the run continues the conversation */
} RKLLMInferParam;

/* Hidden states, with one row of embd_size floats for each token. */
typedef struct RKLLMResultLastHiddenLayer {
    const float *hidden_states;
    int embd_size;
    int num_tokens;
} RKLLMResultLastHiddenLayer;

/* Logits, with one row of vocab_size floats for each token. */
typedef struct RKLLMResultLogits {
    const float *logits;
    int vocab_size;
    int num_tokens;
} RKLLMResultLogits;

/* Measurements of a run. */
typedef struct RKLLMPerfStat {
    float prefill_time_ms;
    int prefill_tokens; /* without those reused from the KV cache */
    float generate_time_ms;
    int generate_tokens;
    float memory_usage_mb;
} RKLLMPerfStat;

/*
 * The result passed to a callback. It, and everything it points to, is valid only until the
 * callback returns.
 */
typedef struct RKLLMResult {
    const char *text; /* bytes of this token; NULL or empty at RKLLM_RUN_FINISH */
    int32_t token_id;
    RKLLMResultLastHiddenLayer last_hidden_layer;
    RKLLMResultLogits logits;
    RKLLMPerfStat perf; /* valid only at RKLLM_RUN_FINISH */
} RKLLMResult;

/*
 * Called for each result, on the thread of rkllm_run or, if asynchronous, on a thread of the
 * library. Returns 0 to continue or 1 to pause the run.
 */
typedef int (*LLMResultCallback)(RKLLMResult *result, void *userdata, LLMCallState state);

/* The type of each function, for callers that look up the addresses themselves. */
typedef RKLLMParam (*rkllm_createDefaultParam_fn)(void);
typedef int (*rkllm_init_fn)(LLMHandle *handle, RKLLMParam *param, LLMResultCallback callback);
typedef int (*rkllm_load_lora_fn)(LLMHandle handle, RKLLMLoraAdapter *lora_adapter);
typedef int (*rkllm_load_prompt_cache_fn)(LLMHandle handle, const char *prompt_cache_path);
typedef int (*rkllm_release_prompt_cache_fn)(LLMHandle handle);
typedef int (*rkllm_destroy_fn)(LLMHandle handle);
typedef int (*rkllm_run_fn)(LLMHandle handle, RKLLMInput *rkllm_input,
                            RKLLMInferParam *rkllm_infer_params, void *userdata);
typedef int (*rkllm_run_async_fn)(LLMHandle handle, RKLLMInput *rkllm_input,
                                  RKLLMInferParam *rkllm_infer_params, void *userdata);
typedef int (*rkllm_abort_fn)(LLMHandle handle);
typedef int (*rkllm_is_running_fn)(LLMHandle handle);
typedef int (*rkllm_clear_kv_cache_fn)(LLMHandle handle, int keep_system_prompt, int *start_pos,
                                       int *end_pos);
typedef int (*rkllm_get_kv_cache_size_fn)(LLMHandle handle, int *cache_sizes);
typedef int (*rkllm_set_chat_template_fn)(LLMHandle handle, const char *system_prompt,
                                          const char *prompt_prefix, const char *prompt_postfix);
typedef int (*rkllm_set_function_tools_fn)(LLMHandle handle, const char *system_prompt,
                                           const char *tools, const char *tool_response_str);
typedef int (*rkllm_set_cross_attn_params_fn)(LLMHandle handle,
                                              RKLLMCrossAttnParam *cross_attn_params);

#ifndef RKLLM_NO_PROTOTYPES

/* Returns the default parameters of the release, by value. */
RKLLM_API RKLLMParam rkllm_createDefaultParam(void);

/* Loads a model. Returns 0 on success. */
RKLLM_API int rkllm_init(LLMHandle *handle, RKLLMParam *param, LLMResultCallback callback);

/* Loads an adapter, which cannot be unloaded. */
RKLLM_API int rkllm_load_lora(LLMHandle handle, RKLLMLoraAdapter *lora_adapter);

/* Loads a prompt cache file into the KV cache. */
RKLLM_API int rkllm_load_prompt_cache(LLMHandle handle, const char *prompt_cache_path);

/* Releases the loaded prompt cache. */
RKLLM_API int rkllm_release_prompt_cache(LLMHandle handle);

/* Frees the model. No run may be in progress. */
RKLLM_API int rkllm_destroy(LLMHandle handle);

/* Performs a run; callbacks are made on the calling thread. */
RKLLM_API int rkllm_run(LLMHandle handle, RKLLMInput *rkllm_input,
                        RKLLMInferParam *rkllm_infer_params, void *userdata);

/* Starts a run; callbacks are made on a thread of the library. */
RKLLM_API int rkllm_run_async(LLMHandle handle, RKLLMInput *rkllm_input,
                              RKLLMInferParam *rkllm_infer_params, void *userdata);

/* Requests the run to end before its next token. May be called on any thread. */
RKLLM_API int rkllm_abort(LLMHandle handle);

/* Returns 0 while a run is in progress, non-zero otherwise. */
RKLLM_API int rkllm_is_running(LLMHandle handle);

/* Clears the KV cache or, while a run is paused, the range [start, end) of each input. */
RKLLM_API int rkllm_clear_kv_cache(LLMHandle handle, int keep_system_prompt, int *start_pos,
                                   int *end_pos);

/* Stores the number of positions in use, one int for each input. */
RKLLM_API int rkllm_get_kv_cache_size(LLMHandle handle, int *cache_sizes);

/* Replaces the model's chat template and clears the KV cache. */
RKLLM_API int rkllm_set_chat_template(LLMHandle handle, const char *system_prompt,
                                      const char *prompt_prefix, const char *prompt_postfix);

/* Declares tools (JSON) through the model's own template. */
RKLLM_API int rkllm_set_function_tools(LLMHandle handle, const char *system_prompt,
                                       const char *tools, const char *tool_response_str);

/* Sets the data that cross-attention reads from now on. */
RKLLM_API int rkllm_set_cross_attn_params(LLMHandle handle, RKLLMCrossAttnParam *cross_attn_params);

#endif /* RKLLM_NO_PROTOTYPES */

#ifdef __cplusplus
}
#endif

#endif /* RKLLM_V1_2_RKLLM_H */
