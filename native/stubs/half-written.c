/*
 * Has the functions of 1.3 but writes only some of its parameters. The values of the others are
 * those that were in memory before, so they do not identify a release although they are plausible.
 */
#define RKLLM_NO_PROTOTYPES
#include "rkllm/v1_3/rkllm.h"

#include "stub.h"

EXPORT RKLLMParam rkllm_createDefaultParam(void);
EXPORT RKLLMParam rkllm_createDefaultParam(void) {
    RKLLMParam param; /* in the caller's memory, to which the struct is not copied as a whole */
    param.top_p = 0.9f;
    param.extend_param.enabled_cpus_num = 4;
    param.extend_param.enabled_cpus_mask = 0x0F;
    param.extend_param.n_batch = 1;
    return param;
}

FAILING_SINCE_1_1_WITHOUT_RUN
FAILING_RUN
FAILING_SINCE_1_2_0
FAILING_SINCE_1_2_1
