/* Loading and unloading of models, for rkllm_init and rkllm_destroy. */
#ifndef SIM_LOAD_H
#define SIM_LOAD_H

#include "abi.h"
#include "rkllm.h"

/* Checks the parameters against the model and creates a handle. Returns the code for rkllm_init. */
int load(LLMHandle *key, const RKLLMParam *param, const CallbackSet *callbacks);
/* Frees a handle that is not in use. Returns the code for rkllm_destroy. */
int unload(LLMHandle key);

#endif
