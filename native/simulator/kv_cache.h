/* The KV cache of a handle: which tokens the decoder sees, in order. */
#ifndef SIM_KV_CACHE_H
#define SIM_KV_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "memory.h"

typedef struct KvCache {
    Tokens tokens;
    size_t system_count;  /* tokens at the front that are the system prompt */
    size_t history_count; /* tokens at the front that belong to the kept conversation */
    unsigned turns;       /* of the kept conversation */
} KvCache;

/* Keeps count tokens at the front. */
void kv_cache_truncate(KvCache *cache, size_t count);
/* How many tokens at the front equal those given. */
size_t kv_cache_common_prefix(const KvCache *cache, const Tokens *tokens);
void kv_cache_free(KvCache *cache);

#endif
