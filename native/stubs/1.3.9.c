/*
 * An unknown release, whose inputs are 64 bytes larger than those of 1.3.1. It answers with a
 * description of its input: the text, the sums of the embeddings, and the sum of the bytes for
 * which the known headers have no member, which must be 0.
 */
#include <stdio.h>

#define RKLLM_NO_PROTOTYPES
#include "rkllm/v1_3_1/rkllm.h"

#include "stub.h"

/* The additional members come last. */
typedef struct LaterInput {
    RKLLMInput known;
    unsigned char added[64];
} LaterInput;

VERSION_LINE("RKLLM SDK (version: 1.3.9 | target: Linux | build: simulator stub)")
DEFAULT_PARAM(RKLLMParam)

#define DOING_NOTHING(name) \
    EXPORT int name(void);  \
    EXPORT int name(void) { return 0; }

DOING_NOTHING(rkllm_load_prompt_cache)
DOING_NOTHING(rkllm_release_prompt_cache)
DOING_NOTHING(rkllm_destroy)
DOING_NOTHING(rkllm_abort)
DOING_NOTHING(rkllm_is_running)
DOING_NOTHING(rkllm_clear_kv_cache)
DOING_NOTHING(rkllm_set_chat_template)
FAILING(rkllm_load_lora)
FAILING(rkllm_run_async)
FAILING(rkllm_set_function_tools)
FAILING(rkllm_set_cross_attn_params)

static LLMResultCallback result_callback;
static int batch;

EXPORT int rkllm_init(LLMHandle *handle, const RKLLMParam *param, const RKLLMCallback *callback);
EXPORT int rkllm_init(LLMHandle *handle, const RKLLMParam *param, const RKLLMCallback *callback) {
    result_callback = callback->result_callback;
    batch = param->extend_param.n_batch;
    *handle = &result_callback;
    return 0;
}

EXPORT int rkllm_get_kv_cache_size(LLMHandle handle, int *sizes);
EXPORT int rkllm_get_kv_cache_size(LLMHandle handle, int *sizes) {
    (void)handle;
    for (int i = 0; i < batch; i++) {
        sizes[i] = 1;
    }
    return 0;
}

/* Rows of four floats. */
static double sum(const float *rows, size_t count) {
    double sum = 0;
    for (size_t i = 0; rows != NULL && i < 4 * count; i++) {
        sum += (double)rows[i];
    }
    return sum;
}

static void describe(const LaterInput *input, char *text, size_t size) {
    const unsigned char *bytes = (const unsigned char *)input;
    int beyond = 0;
    for (size_t i = sizeof input->known; i < sizeof *input; i++) {
        beyond += bytes[i];
    }
    if (input->known.input_type == RKLLM_INPUT_MULTIMODAL) {
        const RKLLMMultiModalInput *media = &input->known.multimodal_input;
        snprintf(text, size, "%s: image %g, video %g, audio %g, beyond %d", media->prompt,
                 sum(media->image.image_embed, media->image.n_image * media->image.n_image_tokens),
                 sum(media->video.video_embed, media->video.n_video),
                 sum(media->audio.audio_embed, media->audio.n_audio * media->audio.n_audio_tokens),
                 beyond);
    } else {
        snprintf(text, size, "%s: beyond %d", input->known.prompt_input, beyond);
    }
}

EXPORT int rkllm_run(LLMHandle handle, const LaterInput *inputs, const RKLLMInferParam *params,
                     void *userdata);
EXPORT int rkllm_run(LLMHandle handle, const LaterInput *inputs, const RKLLMInferParam *params,
                     void *userdata) {
    (void)handle;
    (void)params;
    char text[512];
    describe(inputs, text, sizeof text);
    RKLLMResult result = {.text = text, .token_id = 1};
    result_callback(&result, userdata, RKLLM_RUN_NORMAL);
    RKLLMResult end = {.text = NULL};
    result_callback(&end, userdata, RKLLM_RUN_FINISH);
    return 0;
}
