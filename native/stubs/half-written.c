/*
 * Has the functions of 1.3, and writes some of its parameters alone: what a program finds in the
 * others lay there before. So what it reads is not a sign of a release, although it makes sense.
 */
#define RKLLM_NO_PROTOTYPES
#include "rkllm/v1_3/rkllm.h"

#include "stub.h"

EXPORT RKLLMParam rkllm_createDefaultParam(void);
EXPORT RKLLMParam rkllm_createDefaultParam(void) {
    RKLLMParam param; /* the caller's memory: nobody copies the whole of it */
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
