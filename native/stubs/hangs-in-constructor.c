/* Release 1.3.0 whose constructor never returns, so that dlopen does not either. */
#include <unistd.h>

#define RKLLM_NO_PROTOTYPES
#include "rkllm/v1_3/rkllm.h"

#include "stub.h"

VERSION_LINE("RKLLM SDK (version: 1.3.0 | target: Linux | build: stub)")
DEFAULT_PARAM(RKLLMParam)
FAILING_SINCE_1_1_WITHOUT_RUN
FAILING_RUN
FAILING_SINCE_1_2_0
FAILING_SINCE_1_2_1

__attribute__((constructor)) static void hang(void) {
    for (;;) {
        pause();
    }
}
