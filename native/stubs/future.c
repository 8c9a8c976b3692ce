/* An unknown release with the layout and functions of 1.3. */
#define RKLLM_NO_PROTOTYPES
#include "rkllm/v1_3/rkllm.h"

#include "stub.h"

VERSION_LINE("RKLLM SDK (version: 1.9.0 | target: Linux | build: stub)")
DEFAULT_PARAM(RKLLMParam)
FAILING_SINCE_1_1_WITHOUT_RUN
FAILING_RUN
FAILING_SINCE_1_2_0
FAILING_SINCE_1_2_1
