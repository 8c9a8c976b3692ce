/* A fault in native code, on purpose. */
#ifndef SIM_CRASH_H
#define SIM_CRASH_H

#include <signal.h>

/* Raises SIGSEGV on this thread: what handles it (a JVM's does) sees a real one. */
static inline void crash_now(void) {
    raise(SIGSEGV);
}

#endif
