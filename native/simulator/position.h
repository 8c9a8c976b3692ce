/*
 * What stands at one position of the KV cache: a token, or a row of floats that is not a token's, such
 * as a part of an image. Two positions are the same when the decoder cannot tell them apart.
 */
#ifndef SIM_POSITION_H
#define SIM_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"

enum { NO_TOKEN = -1 };

typedef struct Position {
    int32_t token;    /* NO_TOKEN: only the row counts */
    uint32_t picture; /* which image or video it belongs to, 0: none; see pictures.h */
    uint64_t row;     /* hash of the row, 0: the row that the model has for the token */
} Position;

/* A growing list. Zero-initialised is empty. */
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
/* Takes out what is from start on and before end. */
void positions_remove(Positions *positions, size_t start, size_t end);
void positions_free(Positions *positions);
/* How many positions at the front are the same in both. */
size_t positions_common(const Positions *first, const Positions *second);

/*
 * The hash of everything up to a position, from the hash up to the one before. Pictures are told
 * apart by their rows alone.
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
