/* A KV cache: what the decoder sees, in order. A handle has one for each member of its batch. */
#ifndef SIM_KV_CACHE_H
#define SIM_KV_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "picture.h"
#include "position.h"

typedef struct KvCache {
    Positions positions;
    size_t system_count;  /* positions at the front that are the system prompt */
    size_t history_count; /* positions at the front that belong to the kept conversation */
    unsigned turns;       /* of the kept conversation */
    Pictures pictures;    /* those whose positions are among them */
    uint32_t last_picture; /* the highest number that was given to one */
    uint64_t influence;   /* what else acted on it, see influence.h; only the like may reuse it */
} KvCache;

/* Keeps count positions at the front. */
void kv_cache_truncate(KvCache *cache, size_t count);
/* Takes out what is from start on and before end; what comes after moves up. */
void kv_cache_remove(KvCache *cache, size_t start, size_t end);
/* Where a position comes to stand, or a number of them to end, when those are taken out. */
size_t kv_cache_left(size_t position, size_t start, size_t end);
void kv_cache_free(KvCache *cache);

#endif
