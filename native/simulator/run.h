/* A run: prefill, decoding, callbacks and measurements. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "handle.h"
#include "settings.h"

/*
 * Performs a run on the calling thread, which makes the callbacks. The handle must have been
 * acquired. Returns the code for rkllm_run.
 */
int run_execute(Handle *handle, const Request *request);

#endif
