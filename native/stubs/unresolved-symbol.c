/* A complete 1.3.0 that refers to an undefined function, which is bound when it is called. */
#define RKLLM_NO_PROTOTYPES
#include "rkllm/v1_3/rkllm.h"

#include "stub.h"

VERSION_LINE("RKLLM SDK (version: 1.3.0 | target: Linux | build: stub)")
DEFAULT_PARAM(RKLLMParam)
FAILING_SINCE_1_1_WITHOUT_RUN
FAILING(rkllm_abort)

int rknn_not_there(void);

EXPORT int rkllm_run(void);
EXPORT int rkllm_run(void) {
    return rknn_not_there();
}

FAILING_SINCE_1_2_0
FAILING_SINCE_1_2_1
