/* Release 1.1.4, with 200 bytes of parameters, no n_keep and no chat template. */
#include <stdbool.h>
#include <stdint.h>

#include "stub.h"

typedef struct OldParam {
    const char *model_path;
    int32_t max_context_len;
    int32_t max_new_tokens;
    int32_t top_k;
    float top_p;
    float temperature;
    float repeat_penalty;
    float frequency_penalty;
    float presence_penalty;
    int32_t mirostat;
    float mirostat_tau;
    float mirostat_eta;
    bool skip_special_token;
    bool is_async;
    const char *img_start;
    const char *img_end;
    const char *img_content;
    struct {
        int32_t base_domain_id;
        uint8_t reserved[112];
    } extend_param;
} OldParam;

_Static_assert(sizeof(OldParam) == 200, "size of 1.1's RKLLMParam");

VERSION_LINE("rknn llm lib version: 1.1.4")
FAILING_SINCE_1_1_WITHOUT_RUN
FAILING_RUN

EXPORT OldParam rkllm_createDefaultParam(void);
EXPORT OldParam rkllm_createDefaultParam(void) {
    return (OldParam){.max_context_len = 512,
                      .max_new_tokens = 512,
                      .top_k = 40,
                      .top_p = 0.9f,
                      .temperature = 0.8f,
                      .repeat_penalty = 1.1f,
                      .mirostat_tau = 5.0f,
                      .mirostat_eta = 0.1f,
                      .skip_special_token = true};
}
