/*
 * Callbacks from threads that a caller does not expect, which the model file asks for as faults:
 * from a second thread while the run's own thread calls back, and after rkllm_destroy.
 */
#ifndef SIM_STRAY_H
#define SIM_STRAY_H

#include <stdint.h>

#include "rkllm.h"

/*
 * Makes a callback while a second thread makes the same one over and over: both are in it at the
 * same time. Returns what the callback of this thread has returned.
 */
int stray_call_twice(LLMResultCallback callback, RKLLMResult *result, void *userdata,
                     LLMCallState state);

/*
 * Starts a thread that makes one callback after that many milliseconds: NORMAL, with the text
 * "late". Nobody waits for it.
 */
void stray_call_later(LLMResultCallback callback, void *userdata, int64_t ms);

#endif
