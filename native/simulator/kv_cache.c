#include "kv_cache.h"

void kv_cache_truncate(KvCache *cache, size_t count) {
    if (count < cache->positions.count) {
        kv_cache_remove(cache, count, cache->positions.count);
    }
}

size_t kv_cache_left(size_t position, size_t start, size_t end) {
    if (position <= start) {
        return position;
    }
    return position < end ? start : position - (end - start);
}

void kv_cache_remove(KvCache *cache, size_t start, size_t end) {
    positions_remove(&cache->positions, start, end);
    cache->history_count = kv_cache_left(cache->history_count, start, end);
    cache->system_count = kv_cache_left(cache->system_count, start, end);
    pictures_prune(&cache->pictures, &cache->positions);
}

void kv_cache_free(KvCache *cache) {
    positions_free(&cache->positions);
    pictures_free(&cache->pictures);
    *cache = (KvCache){0};
}
