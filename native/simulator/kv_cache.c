#include "kv_cache.h"

void kv_cache_truncate(KvCache *cache, size_t count) {
    if (count < cache->positions.count) {
        kv_cache_remove(cache, count, cache->positions.count);
    }
}

/* How many of the first count positions are left when some are taken out. */
static size_t left_of(size_t count, size_t start, size_t end) {
    if (count <= start) {
        return count;
    }
    return count < end ? start : count - (end - start);
}

void kv_cache_remove(KvCache *cache, size_t start, size_t end) {
    positions_remove(&cache->positions, start, end);
    cache->history_count = left_of(cache->history_count, start, end);
    cache->system_count = left_of(cache->system_count, start, end);
    pictures_prune(&cache->pictures, &cache->positions);
}

void kv_cache_free(KvCache *cache) {
    positions_free(&cache->positions);
    pictures_free(&cache->pictures);
    *cache = (KvCache){0};
}
