/*
 * The times of callbacks with tokens. If a model file says "times: PATH", they are appended to that
 * file when a run has ended; until then they are kept in memory.
 */
#ifndef SIM_TIMES_H
#define SIM_TIMES_H

#include <stddef.h>
#include <stdint.h>

/* The times just before and just after a callback, in nanoseconds of CLOCK_MONOTONIC. */
typedef struct CallbackTime {
    int64_t before;
    int64_t after;
} CallbackTime;

/* Empty if zero-initialized. */
typedef struct Times {
    CallbackTime *items;
    size_t count;
    size_t capacity;
} Times;

void times_append(Times *times, int64_t before, int64_t after);
/*
 * Appends a line for each callback to a file and clears the list. A failure is reported on stderr.
 */
void times_write(Times *times, const char *path);
void times_free(Times *times);

#endif
