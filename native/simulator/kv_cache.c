#include "kv_cache.h"

void kv_cache_truncate(KvCache *cache, size_t count) {
    if (count < cache->tokens.count) {
        cache->tokens.count = count;
    }
    if (cache->history_count > count) {
        cache->history_count = count;
    }
    if (cache->system_count > count) {
        cache->system_count = count;
    }
}

size_t kv_cache_common_prefix(const KvCache *cache, const Tokens *tokens) {
    size_t limit = cache->tokens.count < tokens->count ? cache->tokens.count : tokens->count;
    size_t common = 0;
    while (common < limit && cache->tokens.ids[common] == tokens->ids[common]) {
        common++;
    }
    return common;
}

void kv_cache_free(KvCache *cache) {
    tokens_free(&cache->tokens);
    *cache = (KvCache){0};
}
