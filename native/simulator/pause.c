#include "pause.h"

#include "handle.h"
#include "log.h"

void pause_end(Pause *pause) {
    for (size_t i = 0; i < pause->count; i++) {
        plan_free(&pause->members[i].plan);
    }
    sim_free(pause->members);
    *pause = (Pause){0};
}

static bool check_range(const Handle *handle, size_t member, int start, int end) {
    size_t count = handle->caches[member].positions.count;
    if (start < 0 || end < start || (size_t)end > count) {
        log_error("kv cache range [%d, %d) of batch %zu is not within its %zu positions", start,
                  end, member, count);
        return false;
    }
    return true;
}

static void clear_range(KvCache *cache, PausedMember *member, size_t start, size_t end) {
    kv_cache_remove(cache, start, end);
    member->answer_start = kv_cache_left(member->answer_start, start, end);
    member->changed |= end > start;
}

bool pause_clear_ranges(Handle *handle, const int *starts, const int *ends) {
    if (!handle->pause.active) {
        report_misuse("rkllm_clear_kv_cache was given a range, but no run is paused");
        return false;
    }
    if (starts == NULL || ends == NULL) {
        report_misuse("rkllm_clear_kv_cache was given only one end of its ranges");
        return false;
    }
    for (size_t i = 0; i < handle->batch; i++) {
        if (!check_range(handle, i, starts[i], ends[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < handle->batch; i++) {
        clear_range(&handle->caches[i], &handle->pause.members[i], (size_t)starts[i],
                    (size_t)ends[i]);
    }
    return true;
}
