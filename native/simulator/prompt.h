/* How an input becomes the positions that prefill brings into the KV cache. */
#ifndef SIM_PROMPT_H
#define SIM_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "handle.h"
#include "settings.h"

/* Where the positions of a prompt go. */
typedef enum Place {
    PLACE_ANEW,     /* they are all there is */
    PLACE_HISTORY,  /* after the kept conversation */
    PLACE_AS_IT_IS  /* after all that is in the cache: a run that was paused goes on */
} Place;

typedef struct Prompt {
    Positions positions;
    size_t system_count; /* of them are the system prompt */
    Pictures pictures;   /* whose positions are among them, numbered for the cache */
} Prompt;

/* Makes the prompt of an input. False after an error line. */
bool prompt_make(Handle *handle, const KvCache *cache, const Input *input, Place place,
                 Prompt *prompt);
void prompt_free(Prompt *prompt);

#endif
