/* The end of the process, on purpose. */
#ifndef SIM_CRASH_H
#define SIM_CRASH_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Raises SIGSEGV on this thread: what handles it (a JVM's does) sees a real one. */
static inline void crash_now(void) {
    raise(SIGSEGV);
}

/* Ends the process as a failed assertion does. */
static inline void abort_now(void) {
    fputs("rkllm simulator: Assertion `simulated' failed.\n", stderr);
    abort();
}

#endif
