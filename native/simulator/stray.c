#include "stray.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "clock.h"
#include "log.h"

/* ---- a second thread ---- */

typedef struct Twin {
    LLMResultCallback callback;
    RKLLMResult *result;
    void *userdata;
    LLMCallState state;
    atomic_bool has_called;
    atomic_bool stop;
} Twin;

static void *call_until_stopped(void *argument) {
    Twin *twin = argument;
    do {
        twin->callback(twin->result, twin->userdata, twin->state);
        atomic_store(&twin->has_called, true);
    } while (!atomic_load(&twin->stop));
    return NULL;
}

int stray_call_twice(LLMResultCallback callback, RKLLMResult *result, void *userdata,
                     LLMCallState state) {
    Twin twin = {.callback = callback, .result = result, .userdata = userdata, .state = state};
    pthread_t thread;
    bool started = pthread_create(&thread, NULL, call_until_stopped, &twin) == 0;
    if (!started) {
        log_error("failed to start a thread");
    }
    /*
     * The first call of a thread may take long (a JVM attaches the thread). From the second call
     * on, the thread spends its time in the callback.
     */
    while (started && !atomic_load(&twin.has_called)) {
        sched_yield();
    }
    int verdict = callback(result, userdata, state);
    if (started) {
        atomic_store(&twin.stop, true);
        pthread_join(thread, NULL);
    }
    return verdict;
}

/* ---- after destroy ---- */

typedef struct LateCall {
    LLMResultCallback callback;
    void *userdata;
    int64_t ms;
} LateCall;

static void *call_late(void *argument) {
    LateCall call = *(LateCall *)argument;
    free(argument);
    clock_sleep((double)call.ms);
    RKLLMResult result = {.text = "late"};
    call.callback(&result, call.userdata, RKLLM_RUN_NORMAL);
    return NULL;
}

void stray_call_later(LLMResultCallback callback, void *userdata, int64_t ms) {
    /* Not counted as an allocation of the handle, which it outlives. */
    LateCall *call = malloc(sizeof *call);
    pthread_t thread;
    if (call == NULL) {
        abort();
    }
    *call = (LateCall){callback, userdata, ms};
    if (pthread_create(&thread, NULL, call_late, call) != 0) {
        log_error("failed to start a thread");
        free(call);
        return;
    }
    pthread_detach(thread);
}
