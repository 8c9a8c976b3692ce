#include "embedding.h"

#include <string.h>

/* All arithmetic is modulo 2^24, because a float represents 24 bits exactly. */
#define BITS24 0xFFFFFFu
#define ID_FACTOR 0x9E3779u
#define PLACE_FACTOR 0x85EBCBu
#define FACTOR 0xC2B2AFu

static uint32_t scatter(uint32_t value) {
    value &= BITS24;
    value ^= value >> 12;
    value = value * FACTOR & BITS24;
    return value ^ value >> 12;
}

/*
 * Returns the inverse of an odd factor modulo 2^24. Each step doubles the number of correct bits.
 */
static uint32_t inverse(uint32_t factor) {
    uint32_t found = factor;
    for (int i = 0; i < 4; i++) {
        found *= 2 - factor * found;
    }
    return found & BITS24;
}

float embedding_value(int32_t id, size_t index) {
    uint32_t mixed = scatter(((uint32_t)id + 1) * ID_FACTOR + (uint32_t)index * PLACE_FACTOR);
    return (float)mixed / 8388608.0f - 1.0f;
}

/* Inverts embedding_value at index 0. */
static uint32_t id_of(float value) {
    uint32_t mixed = (uint32_t)((value + 1.0f) * 8388608.0f) & BITS24;
    mixed ^= mixed >> 12; /* its own inverse */
    mixed = mixed * inverse(FACTOR) & BITS24;
    mixed ^= mixed >> 12;
    return (mixed * inverse(ID_FACTOR) - 1) & BITS24;
}

int32_t embedding_find(const float *row, size_t width, int32_t vocabulary) {
    if (!(row[0] >= -1.0f && row[0] < 1.0f)) {
        return -1;
    }
    uint32_t id = id_of(row[0]);
    if (id >= (uint32_t)vocabulary) {
        return -1;
    }
    for (size_t i = 0; i < width; i++) {
        float expected = embedding_value((int32_t)id, i);
        if (memcmp(&expected, &row[i], sizeof expected) != 0) {
            return -1;
        }
    }
    return (int32_t)id;
}

uint64_t embedding_hash(const float *row, size_t width) {
    uint64_t hash = 0x6A09E667F3BCC909u;
    for (size_t i = 0; i < width; i++) {
        uint32_t bits;
        memcpy(&bits, &row[i], sizeof bits);
        hash = (hash ^ bits) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
    }
    return hash | 1;
}
