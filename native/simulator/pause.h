/*
 * A run that was paused: its KV cache is kept, parts of it may be cleared, and the next run goes on
 * from what is left and what that run adds.
 */
#ifndef SIM_PAUSE_H
#define SIM_PAUSE_H

#include <stdbool.h>
#include <stddef.h>

#include "decoder.h"

/* What is kept for one member of the batch. */
typedef struct PausedMember {
    Plan plan;
    size_t next;         /* of the plan: the first that was not generated */
    size_t answer_start; /* where in the cache the answer begins */
    bool changed;        /* the cache is not what the plan was made for */
    bool ended;
} PausedMember;

typedef struct Pause {
    bool active;
    PausedMember *members;
    size_t count;
} Pause;

struct Handle;

/*
 * Clears positions from start on and before end of each member's cache, while a run is paused.
 * False after a report of misuse or an error line; then nothing was cleared.
 */
bool pause_clear_ranges(struct Handle *handle, const int *starts, const int *ends);
/* Forgets the run: it will not go on. */
void pause_end(Pause *pause);

#endif
