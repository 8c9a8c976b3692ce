/*
 * Callbacks from unexpected threads, which are faults that a model file can request: from a second
 * thread while the thread of the run calls back, and after rkllm_destroy.
 */
#ifndef SIM_STRAY_H
#define SIM_STRAY_H

#include <stdint.h>

#include "rkllm.h"

/*
 * Makes a callback while a second thread repeatedly makes the same one, so that both are inside at
 * the same time. Returns the value returned on this thread.
 */
int stray_call_twice(LLMResultCallback callback, RKLLMResult *result, void *userdata,
                     LLMCallState state);

/*
 * Starts a thread that makes one callback after the given number of milliseconds: NORMAL, with the
 * text "late". The thread is not joined.
 */
void stray_call_later(LLMResultCallback callback, void *userdata, int64_t ms);

#endif
