/*
 * The interface between the ABIs and the rest of the simulator. abi_1_2.c implements it for the
 * structs of release 1.2, abi_1_3.c for those of 1.3 and 1.3.1.
 */
#ifndef SIM_ABI_H
#define SIM_ABI_H

#include <stdbool.h>

#include "processors.h"
#include "rkllm.h"
#include "settings.h"

/* The callbacks passed to rkllm_init. */
typedef struct CallbackSet {
    LLMResultCallback result_callback;
    void *result_userdata;
    Processors processors; /* 1.3 only */
} CallbackSet;

/* Copies the parameters of init, including strings. */
void abi_read_param(const RKLLMParam *param, Settings *settings);

/*
 * Copies the parameters of a run and its inputs, one for each member of the batch. The data of
 * token and embedding inputs is not read yet (see input.h). Returns false after reporting misuse
 * (an invalid NULL or enum value); nothing needs to be freed then.
 */
bool abi_read_run(const Settings *settings, const RKLLMInput *inputs, const RKLLMInferParam *params,
                  Request *request);

#endif
