/* callback LIBRARY MODEL PROMPT RUNS empty|copy: nanoseconds a token by the runtime's own clock,
 * and of the processor for the whole run, with a callback that does nothing, or one that copies
 * the text as a program would keep it. */
#include <time.h>

#include "runtime.h"

static double nanoseconds;
static int tokens;
static char *kept;

static int finish(const RKLLMResult *result) {
    tokens = result->perf.generate_tokens;
    nanoseconds = result->perf.generate_time_ms * 1e6 / tokens;
    return 0;
}

static int empty(RKLLMResult *result, void *userdata, LLMCallState state) {
    (void)userdata;
    return state == RKLLM_RUN_FINISH ? finish(result) : 0;
}

static int copy(RKLLMResult *result, void *userdata, LLMCallState state) {
    (void)userdata;
    if (state == RKLLM_RUN_FINISH) {
        return finish(result);
    }
    if (state == RKLLM_RUN_NORMAL && result->text != NULL) {
        free(kept);
        kept = strdup(result->text);
    }
    return 0;
}

static double processor_time(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int count, char **arguments) {
    if (count != 6) {
        return 2;
    }
    Runtime runtime =
        load(arguments[1], arguments[2], strcmp(arguments[5], "copy") == 0 ? copy : empty);
    for (long run = strtol(arguments[4], NULL, 10); run > 0; run--) {
        double begin = processor_time();
        generate(&runtime, arguments[3]);
        printf("@ %f %f\n", nanoseconds, (processor_time() - begin) / tokens);
    }
    return 0;
}
