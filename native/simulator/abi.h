/*
 * The border between one ABI and the rest of the simulator. abi_1_2.c implements it for the structs of
 * release 1.2, abi_1_3.c for those of 1.3 and 1.3.1.
 */
#ifndef SIM_ABI_H
#define SIM_ABI_H

#include <stdbool.h>

#include "processors.h"
#include "rkllm.h"
#include "settings.h"

/* What rkllm_init was given as its callback. */
typedef struct CallbackSet {
    LLMResultCallback result_callback;
    void *result_userdata;
    Processors processors; /* 1.3 */
} CallbackSet;

/* Copies the parameters of init; strings become copies. */
void abi_read_param(const RKLLMParam *param, Settings *settings);

/*
 * Copies the parameters of a run and its inputs, one for each member of the batch; what token and
 * embedding inputs point at is not read yet (input.h). False after a report of misuse (a NULL that
 * must not be, an enum value that is none); then nothing is left to free.
 */
bool abi_read_run(const Settings *settings, const RKLLMInput *inputs, const RKLLMInferParam *params,
                  Request *request);

#endif
