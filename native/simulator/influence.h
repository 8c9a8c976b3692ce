/*
 * What acts on the decoder besides the KV cache: a LoRA adapter and what an encoder has handed over
 * for cross-attention. Zero-initialised is neither.
 */
#ifndef SIM_INFLUENCE_H
#define SIM_INFLUENCE_H

#include <stdint.h>

typedef struct Influence {
    uint64_t adapter; /* what the adapter is; 0: none, or one of scale 0 */
    const char *adapter_name; /* as it was loaded; borrowed; NULL likewise */
    float scale;
    uint64_t encoder; /* what the encoder has seen; 0: nothing */
    float attention;  /* how much of it is not masked, 0 to 1 */
} Influence;

/* A number that is the same for the same influence, 0 for none. */
uint64_t influence_key(const Influence *influence);

#endif
