/* Release 1.2.0, with the parameters of 1.2 except n_batch, and a smaller set of functions. */
#include <stdbool.h>
#include <stdint.h>

#include "stub.h"

typedef struct OldParam {
    const char *model_path;
    int32_t max_context_len;
    int32_t max_new_tokens;
    int32_t top_k;
    int32_t n_keep;
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
        int8_t embed_flash;
        int8_t enabled_cpus_num;
        uint32_t enabled_cpus_mask;
        uint8_t reserved[106];
    } extend_param;
} OldParam;

_Static_assert(sizeof(OldParam) == 208, "size of 1.2.0's RKLLMParam");

VERSION_LINE("RKLLM SDK (version: 1.2.0 | target: Linux | build: stub)")
FAILING_SINCE_1_1_WITHOUT_RUN
FAILING_RUN
FAILING_SINCE_1_2_0

EXPORT OldParam rkllm_createDefaultParam(void);
EXPORT OldParam rkllm_createDefaultParam(void) {
    return (OldParam){.max_context_len = 512,
                      .max_new_tokens = -1,
                      .top_k = 40,
                      .top_p = 0.9f,
                      .temperature = 0.8f,
                      .repeat_penalty = 1.1f,
                      .mirostat_tau = 5.0f,
                      .mirostat_eta = 0.1f,
                      .skip_special_token = true,
                      .extend_param = {.enabled_cpus_num = 4, .enabled_cpus_mask = 0x0F}};
}
