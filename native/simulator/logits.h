/*
 * Logits: a pure function of the contents of the KV cache (represented by its hash), of the adapter
 * and of the encoder. The logits of words in the vocabulary are in [0, 8), all others are lower by
 * 16. A token that a script requires next gets LOGIT_SCRIPTED, the highest value. All values are
 * multiples of 1/65536, so that sums are exact: the contribution of an adapter is exactly
 * proportional to its scale.
 */
#ifndef SIM_LOGITS_H
#define SIM_LOGITS_H

#include <stddef.h>
#include <stdint.h>

#include "influence.h"

#define LOGIT_SCRIPTED 14.0f
#define LOGIT_OTHERS (-16.0f)

/* Returns a pseudo-random number derived from two others. */
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

/* Returns the logit of a word. hash: that of the cache. */
float logit_of_word(uint64_t hash, const Influence *influence, int32_t id);

/*
 * Fills one row of count floats. offsets: the difference of each id from a word. scripted: the id
 * that a script requires next, or -1.
 */
void logits_fill(float *row, size_t count, const float *offsets, uint64_t hash,
                 const Influence *influence, int32_t scripted);

#endif
