/*
 * Logits: a pure function of what is in the KV cache (as its hash), of the adapter and of the
 * encoder. Words of the vocabulary are in [0, 8), everything else lies 16 below; a token that a
 * script wants next gets LOGIT_SCRIPTED, the highest of all. All values are multiples of 1/65536
 * at most, so that sums are exact: an adapter's share is exactly proportional to its scale.
 */
#ifndef SIM_LOGITS_H
#define SIM_LOGITS_H

#include <stddef.h>
#include <stdint.h>

#include "influence.h"

#define LOGIT_SCRIPTED 14.0f
#define LOGIT_OTHERS (-16.0f)

/* A number that looks random, of two others. */
static inline uint32_t logit_noise(uint32_t seed, uint32_t id) {
    uint32_t x = seed ^ id * 0x9E3779B1u;
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x *= 0x846CA68Bu;
    return x ^ x >> 16;
}

static inline uint32_t logit_seed(uint64_t hash) {
    return (uint32_t)(hash ^ hash >> 32);
}

/* The logit of a word. hash: of the cache. */
float logit_of_word(uint64_t hash, const Influence *influence, int32_t id);

/*
 * Fills one row of count floats. offsets: what each id has more than a word. scripted: the id that
 * a script wants next, or -1.
 */
void logits_fill(float *row, size_t count, const float *offsets, uint64_t hash,
                 const Influence *influence, int32_t scripted);

#endif
