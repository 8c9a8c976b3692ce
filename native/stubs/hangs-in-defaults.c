/* Release 1.3.0 that opens and then never returns from the first call. */
#include <unistd.h>

#define RKLLM_NO_PROTOTYPES
#include "rkllm/v1_3/rkllm.h"

#include "stub.h"

VERSION_LINE("RKLLM SDK (version: 1.3.0 | target: Linux | build: stub)")
FAILING_SINCE_1_1_WITHOUT_RUN
FAILING_RUN
FAILING_SINCE_1_2_0
FAILING_SINCE_1_2_1

EXPORT RKLLMParam rkllm_createDefaultParam(void);
EXPORT RKLLMParam rkllm_createDefaultParam(void) {
    for (;;) {
        pause();
    }
}
