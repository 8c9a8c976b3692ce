/* Converts an input to the positions that the prefill puts into the KV cache. */
#ifndef SIM_PROMPT_H
#define SIM_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "handle.h"
#include "settings.h"

/* The place of a prompt's positions in the cache. */
typedef enum Place {
    PLACE_ANEW,     /* replacing the contents */
    PLACE_HISTORY,  /* after the history */
    PLACE_AS_IT_IS  /* after all contents, to resume a paused run */
} Place;

typedef struct Prompt {
    Positions positions;
    size_t system_count; /* number of positions that are the system prompt */
    Pictures pictures;   /* the pictures among the positions, numbered for the cache */
} Prompt;

/* Creates the prompt of an input. Returns false after an error line. */
bool prompt_make(Handle *handle, const KvCache *cache, const Input *input, Place place,
                 Prompt *prompt);
void prompt_free(Prompt *prompt);

#endif
