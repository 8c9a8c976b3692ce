/* Loading and unloading: what rkllm_init and rkllm_destroy do. */
#ifndef SIM_LOAD_H
#define SIM_LOAD_H

#include "abi.h"
#include "rkllm.h"

/* Checks the parameters against the model and makes a handle. Returns what rkllm_init returns. */
int load(LLMHandle *key, const RKLLMParam *param, const CallbackSet *callbacks);
/* Frees a handle that no call has. Returns what rkllm_destroy returns. */
int unload(LLMHandle key);

#endif
