/* The functions and parameters of 1.3, without a version line. */
#define RKLLM_NO_PROTOTYPES
#include "rkllm/v1_3/rkllm.h"

#include "stub.h"

DEFAULT_PARAM(RKLLMParam)
FAILING_SINCE_1_1_WITHOUT_RUN
FAILING_RUN
FAILING_SINCE_1_2_0
FAILING_SINCE_1_2_1
