/*
 * Selects the next token by its logit. Pseudo-random numbers are derived from the hash of the
 * cache, because the runtime has no seed: the same cache continues in the same way.
 */
#ifndef SIM_SAMPLER_H
#define SIM_SAMPLER_H

#include "influence.h"
#include "memory.h"
#include "position.h"
#include "settings.h"

typedef struct Candidate {
    int32_t id;
    float logit;
    float probability;
} Candidate;

typedef struct Sampler {
    Sampling sampling;
    Influence influence;
    const Tokens *words; /* ids in ascending order; borrowed */
    Candidate *candidates; /* one for each word, as below */
    uint8_t *times;        /* number of recent occurrences; 0 between two calls */
    int32_t *places;       /* for each id, 1 + its index in words, or 0 if it is not a word */
    size_t place_count;
    float surprise;        /* Mirostat: the surprise allowed now */
} Sampler;

void sampler_create(Sampler *sampler, const Sampling *sampling, const Influence *influence,
                    const Tokens *words);
void sampler_free(Sampler *sampler);

/*
 * Returns the token that follows the cache with this hash. before and after: the tokens generated
 * recently, in two consecutive lists; penalties consider the last 64.
 */
int32_t sampler_next(Sampler *sampler, uint64_t hash, const Positions *before,
                     const Positions *after);

#endif
