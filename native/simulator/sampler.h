/*
 * Chooses the next token from the logits. What looks like chance is drawn from the hash of the
 * cache, for the runtime has no seed: the same cache goes on in the same way.
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
    const Tokens *words; /* ids in rising order; borrowed */
    Candidate *candidates; /* one for each word, like the next */
    uint8_t *times;        /* how often it came lately; 0 between two calls */
    int32_t *places;       /* per id, 1 + its index in words, 0: it is none */
    size_t place_count;
    float surprise;        /* mirostat: how much of it is allowed now */
} Sampler;

void sampler_create(Sampler *sampler, const Sampling *sampling, const Influence *influence,
                    const Tokens *words);
void sampler_free(Sampler *sampler);

/*
 * The token after what has this hash. before and after: what was generated lately, in two lists of
 * which the second follows the first; penalties look at the last 64.
 */
int32_t sampler_next(Sampler *sampler, uint64_t hash, const Positions *before,
                     const Positions *after);

#endif
