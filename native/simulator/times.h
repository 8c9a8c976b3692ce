/*
 * When callbacks that carry tokens were made. A model file that says "times: PATH" has them
 * appended to that file when a run has ended; until then they are in memory.
 */
#ifndef SIM_TIMES_H
#define SIM_TIMES_H

#include <stddef.h>
#include <stdint.h>

/* Nanoseconds of CLOCK_MONOTONIC just before and just after a callback. */
typedef struct CallbackTime {
    int64_t before;
    int64_t after;
} CallbackTime;

/* Zero-initialised is empty. */
typedef struct Times {
    CallbackTime *items;
    size_t count;
    size_t capacity;
} Times;

void times_append(Times *times, int64_t before, int64_t after);
/* Appends a line for each to a file and forgets them. One that fails is reported on stderr. */
void times_write(Times *times, const char *path);
void times_free(Times *times);

#endif
