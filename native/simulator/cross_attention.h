/*
 * Cross-attention: what an encoder hands to the decoder. The buffers are the caller's; only their
 * addresses are kept, and every element is read at each run, so that a buffer that is gone or too
 * short is found out.
 */
#ifndef SIM_CROSS_ATTENTION_H
#define SIM_CROSS_ATTENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "influence.h"
#include "memory.h"
#include "model.h"

typedef struct CrossAttention {
    const float *keys;   /* [layers][tokens][kv-heads][head-dim]; NULL: nothing is set */
    const float *values; /* [layers][kv-heads][head-dim][tokens] */
    const float *mask;
    const int32_t *places;
    size_t tokens;
} CrossAttention;

/* What a run has read there. */
typedef struct Encoded {
    bool present;
    size_t tokens;
    Bytes words; /* those that are not masked, in the order of their places */
    uint64_t touched; /* of no use but that every element was read */
} Encoded;

/* Reads all there is, if anything is set. */
void cross_attention_read(const CrossAttention *attention, const Model *model, Encoded *encoded,
                          Influence *influence);
void encoded_free(Encoded *encoded);

#endif
