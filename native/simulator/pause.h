/*
 * A paused run. Its KV cache is kept, parts of it may be cleared, and the next run continues from
 * the remainder and its own input.
 */
#ifndef SIM_PAUSE_H
#define SIM_PAUSE_H

#include <stdbool.h>
#include <stddef.h>

#include "decoder.h"

/* The state of one member of the batch. */
typedef struct PausedMember {
    Plan plan;
    size_t next;         /* index in the plan of the first token that was not generated */
    size_t answer_start; /* position in the cache at which the answer begins */
    bool changed;        /* the cache differs from the one that was planned for */
    bool ended;
} PausedMember;

typedef struct Pause {
    bool active;
    PausedMember *members;
    size_t count;
} Pause;

struct Handle;

/*
 * Clears the positions from start (inclusive) to end (exclusive) of each member's cache while a run
 * is paused. Returns false, without clearing any, after reporting misuse or an error line.
 */
bool pause_clear_ranges(struct Handle *handle, const int *starts, const int *ends);
/* Discards the run, which will not be resumed. */
void pause_end(Pause *pause);

#endif
