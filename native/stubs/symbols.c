/*
 * A complete 1.3.0 whose symbol table also contains other symbols than functions of the runtime:
 * data, an undefined function, and a function that is selected when the library is loaded. It is
 * linked once for each kind of hash table.
 */
#define RKLLM_NO_PROTOTYPES
#include "rkllm/v1_3/rkllm.h"

#include "stub.h"

VERSION_LINE("RKLLM SDK (version: 1.3.0 | target: Linux | build: stub)")
DEFAULT_PARAM(RKLLMParam)
FAILING_SINCE_1_1_WITHOUT_RUN
FAILING(rkllm_abort)
FAILING_SINCE_1_2_0
FAILING_SINCE_1_2_1

extern const int rkllm_data;
EXPORT const int rkllm_data = 1;

int rkllm_not_there(void);

EXPORT int rkllm_run(void);
EXPORT int rkllm_run(void) {
    return rkllm_not_there();
}

static int failing(void) {
    return -1;
}

typedef int Function(void);

static Function *choose(void) {
    return failing;
}

EXPORT int rkllm_chosen(void) __attribute__((ifunc("choose")));
