/*
 * Cross-attention: the data that an encoder passes to the decoder. The buffers belong to the
 * caller. Only their addresses are kept, and every element is read in each run, so that freed or
 * short buffers are detected.
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
    const float *keys;   /* [layers][tokens][kv-heads][head-dim]; NULL if nothing is set */
    const float *values; /* [layers][kv-heads][head-dim][tokens] */
    const float *mask;
    const int32_t *places;
    size_t tokens;
} CrossAttention;

/* The values that a run has read. */
typedef struct Encoded {
    bool present;
    size_t tokens;
    Bytes words; /* the words that are not masked, in the order of their positions */
    uint64_t touched; /* unused except to ensure that every element is read */
} Encoded;

/* Reads all data, if any is set. */
void cross_attention_read(const CrossAttention *attention, const Model *model, Encoded *encoded,
                          Influence *influence);
void encoded_free(Encoded *encoded);

#endif
