/* One run: prefill, decode, callbacks, figures. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "handle.h"
#include "settings.h"

/*
 * Runs to the end on the calling thread, which makes the callbacks. The handle has been taken.
 * Returns what rkllm_run returns.
 */
int run_execute(Handle *handle, const Request *request);

#endif
