/*
 * Influences on the decoder other than the KV cache: a LoRA adapter and cross-attention data. If
 * zero-initialized, there is neither.
 */
#ifndef SIM_INFLUENCE_H
#define SIM_INFLUENCE_H

#include <stdint.h>

typedef struct Influence {
    uint64_t adapter; /* identifies the adapter; 0 if there is none, or its scale is 0 */
    const char *adapter_name; /* the name it was loaded with; borrowed; NULL as above */
    float scale;
    uint64_t encoder; /* identifies the cross-attention data; 0 if there is none */
    float attention;  /* the part of it that is not masked, 0 to 1 */
} Influence;

/* Returns a number that is the same for the same influences, and 0 for none. */
uint64_t influence_key(const Influence *influence);

#endif
