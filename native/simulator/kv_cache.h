/*
 * A KV cache: the positions that the decoder sees, in order. A handle has one for each member of
 * its batch.
 */
#ifndef SIM_KV_CACHE_H
#define SIM_KV_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "picture.h"
#include "position.h"

typedef struct KvCache {
    Positions positions;
    size_t system_count;  /* number of positions at the front that are the system prompt */
    size_t history_count; /* number of positions at the front that belong to the history */
    bool replied;         /* whether the history has a turn; meaningless if history_count is 0 */
    Pictures pictures;    /* the pictures whose positions are in the cache */
    uint32_t last_picture; /* the highest picture number assigned */
    uint64_t influence;   /* other influences, see influence.h; only equal ones may be reused */
} KvCache;

/* Keeps count positions at the front. */
void kv_cache_truncate(KvCache *cache, size_t count);
/* Removes the positions from start (inclusive) to end (exclusive); later ones move up. */
void kv_cache_remove(KvCache *cache, size_t start, size_t end);
/* Returns the new index of a position, or of the end of a range, after that removal. */
size_t kv_cache_left(size_t position, size_t start, size_t end);
void kv_cache_free(KvCache *cache);

#endif
