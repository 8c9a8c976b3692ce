/*
 * The contents of a position in the KV cache: a token, or a row of floats that does not belong to a
 * token, such as a part of an image. Two positions are equal if the decoder cannot distinguish
 * them.
 */
#ifndef SIM_POSITION_H
#define SIM_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"

enum { NO_TOKEN = -1 };

typedef struct Position {
    int32_t token;    /* NO_TOKEN if only the row counts */
    uint32_t picture; /* the image or video that it belongs to, or 0; see picture.h */
    uint64_t row;     /* hash of the row; 0 for the model's own row of the token */
} Position;

/* A growable list. Empty if zero-initialized. */
typedef struct Positions {
    Position *items;
    size_t count;
    size_t capacity;
} Positions;

static inline void positions_append(Positions *positions, Position position) {
    positions->items = sim_grow(positions->items, positions->count, &positions->capacity,
                                sizeof *positions->items);
    positions->items[positions->count++] = position;
}

static inline void positions_append_token(Positions *positions, int32_t token) {
    positions_append(positions, (Position){.token = token});
}

void positions_append_all(Positions *positions, const Positions *more);
/* Removes the positions from start (inclusive) to end (exclusive). */
void positions_remove(Positions *positions, size_t start, size_t end);
void positions_free(Positions *positions);
/* Returns the number of equal positions at the front. */
size_t positions_common(const Positions *first, const Positions *second);

/*
 * Returns the hash of all positions up to this one, given the hash up to the previous one. Pictures
 * are distinguished only by their rows.
 */
static inline uint64_t position_absorb(uint64_t hash, const Position *position) {
    hash = (hash ^ (uint64_t)(uint32_t)position->token) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 32;
    if (position->row != 0) {
        hash = (hash ^ position->row) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
    }
    return hash;
}

uint64_t positions_hash(const Positions *positions);

#endif
