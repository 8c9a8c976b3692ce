/* Intentional crashes. */
#ifndef SIM_CRASH_H
#define SIM_CRASH_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Raises SIGSEGV on this thread. A handler (such as the JVM's) sees a real one. */
static inline void crash_now(void) {
    raise(SIGSEGV);
}

/* Ends the process like a failed assertion. */
static inline void abort_now(void) {
    fputs("rkllm simulator: Assertion `simulated' failed.\n", stderr);
    abort();
}

#endif
