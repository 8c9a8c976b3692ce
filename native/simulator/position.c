#include "position.h"

#include <string.h>

void positions_append_all(Positions *positions, const Positions *more) {
    for (size_t i = 0; i < more->count; i++) {
        positions_append(positions, more->items[i]);
    }
}

void positions_remove(Positions *positions, size_t start, size_t end) {
    if (end > start) {
        memmove(positions->items + start, positions->items + end,
                (positions->count - end) * sizeof *positions->items);
        positions->count -= end - start;
    }
}

void positions_free(Positions *positions) {
    sim_free(positions->items);
    *positions = (Positions){0};
}

static bool same(const Position *first, const Position *second) {
    return first->token == second->token && first->row == second->row &&
           (first->picture != 0) == (second->picture != 0);
}

size_t positions_common(const Positions *first, const Positions *second) {
    size_t limit = first->count < second->count ? first->count : second->count;
    size_t common = 0;
    while (common < limit && same(&first->items[common], &second->items[common])) {
        common++;
    }
    return common;
}

uint64_t positions_hash(const Positions *positions) {
    uint64_t hash = 0;
    for (size_t i = 0; i < positions->count; i++) {
        hash = position_absorb(hash, &positions->items[i]);
    }
    return hash;
}
