#include <stdint.h>

#include "clock.h"
#include "inference.h"
#include "log.h"
#include "prompt.h"

/* Reports an error to the callback and returns false. */
static bool prefill_failed(Run *run, const char *message) {
    Emitter *emitter = &run->handle->emitter;
    emitter_begin(emitter, run->request->userdata, NULL, run->resumes);
    handle_set_ending(run->handle);
    emitter_error(emitter, ERROR_MESSAGE, message);
    return false;
}

static Place place_of(const Run *run, const Member *member) {
    if (run->resumes) {
        return PLACE_AS_IT_IS;
    }
    bool continues = run->request->keep_history != 0 && member->cache->history_count > 0;
    return continues ? PLACE_HISTORY : PLACE_ANEW;
}

/* Returns the number of positions before the prompt that it continues. */
static size_t kept_before(const KvCache *cache, Place place) {
    switch (place) {
    case PLACE_HISTORY:
        return cache->history_count;
    case PLACE_AS_IT_IS:
        return cache->positions.count;
    case PLACE_ANEW:
        break;
    }
    return 0;
}

/*
 * Returns the position in the cache from which positions must be computed. At least one position of
 * a prompt is always computed.
 */
static size_t reused(const KvCache *cache, const PromptCache *loaded, const Prompt *prompt,
                     size_t before, Place place, uint64_t influence) {
    if (place != PLACE_ANEW) {
        return before;
    }
    /* Positions computed with another adapter or encoder cannot be reused. */
    size_t common = cache->influence == influence
                        ? positions_common(&cache->positions, &prompt->positions)
                        : 0;
    size_t loaded_common = loaded->loaded && loaded->influence == influence
                               ? positions_common(&loaded->positions, &prompt->positions)
                               : 0;
    common = common > loaded_common ? common : loaded_common;
    return common == prompt->positions.count && common > 0 ? common - 1 : common;
}

/* Returns whether a prompt fits into the context. An empty one always does. */
static bool check_length(const Run *run, const KvCache *cache, const Prompt *prompt, Place place) {
    size_t max = (size_t)run->handle->max_context - CONTEXT_RESERVE;
    size_t total = kept_before(cache, place) + prompt->positions.count;
    if (total > max && prompt->positions.count > 0) {
        log_error("prompt gather than max context (prompt: %zu tokens, max context: %zu)", total,
                  max);
        return false;
    }
    return true;
}

/* Puts a prompt into its cache. */
static void fill_cache(Run *run, Member *member, const Prompt *prompt, Place place) {
    KvCache *cache = member->cache;
    size_t before = kept_before(cache, place);
    uint64_t influence = influence_key(&run->influence);
    size_t from =
        reused(cache, &run->handle->prompt_cache, prompt, before, place, influence);
    kv_cache_truncate(cache, before);
    positions_append_all(&cache->positions, &prompt->positions);
    for (size_t i = 0; i < prompt->pictures.count; i++) {
        pictures_add(&cache->pictures, &prompt->pictures.items[i]);
        cache->last_picture = prompt->pictures.items[i].number > cache->last_picture
                                  ? prompt->pictures.items[i].number
                                  : cache->last_picture;
    }
    if (place == PLACE_ANEW) {
        cache->system_count = prompt->system_count;
        cache->history_count = 0;
        cache->influence = influence;
    } else if (cache->influence != influence) {
        cache->influence = ~(cache->influence ^ influence); /* a mixture, which cannot be reused */
    }
    member->prompt_start = before;
    member->prefilled = before + prompt->positions.count - from;
    member->prompt_end = cache->positions.count;
    member->answer_start = cache->positions.count;
}

/* Takes over the state of this member from the paused run. */
static void take_over(Run *run, size_t index, bool changed) {
    PausedMember *paused = &run->handle->pause.members[index];
    Member *member = &run->members[index];
    member->answer_start = paused->answer_start;
    member->has_changed = paused->changed || changed;
    member->ended = paused->ended && !member->has_changed;
    if (!member->has_changed) {
        member->plan = paused->plan;
        member->next = paused->next;
        member->planned = true;
        paused->plan = (Plan){0};
    }
}

/*
 * Returns the maximum number of tokens to generate: unlimited if a full context is shifted,
 * otherwise until it is full.
 */
static size_t room_for(const Handle *handle, const KvCache *cache) {
    int32_t kept = handle->settings.n_keep;
    bool shifts = handle->model->shifts && kept >= 0 && kept + 1 < handle->max_context;
    return shifts ? SIZE_MAX : (size_t)handle->max_context - cache->positions.count;
}

static Decoding decoding_of(const Run *run, const Member *member) {
    Handle *handle = run->handle;
    return (Decoding){.model = handle->model,
                      .tokenizer = handle->tokenizer,
                      .settings = &handle->settings,
                      .chat = &handle->chat,
                      .request = run->request,
                      .runs = handle->runs,
                      .input = member->input,
                      .influence = &run->influence,
                      .encoded = &run->encoded,
                      .processors = handle->model->no_embedding ? &handle->processors : NULL,
                      .pictures = &member->cache->pictures,
                      .cache = &member->cache->positions,
                      .answer_start = run->resumes ? (long)member->answer_start : NO_ANSWER,
                      .resuming = run->resumes};
}

static bool make_plan(const Run *run, Member *member) {
    size_t room = room_for(run->handle, member->cache);
    int32_t limit = run->request->max_new_tokens;
    const Decoding decoding = decoding_of(run, member);
    return decoder_plan(&decoding, limit > 0 && (size_t)limit < room ? (size_t)limit : room,
                        &member->plan);
}

bool prefill_extend_plan(const Run *run, Member *member) {
    const Decoding decoding = decoding_of(run, member);
    return decoder_extend(&decoding, &member->plan);
}

/* Creates the prompts of all members before any cache is changed. */
static bool make_prompts(Run *run, Prompt *prompts) {
    for (size_t i = 0; i < run->count; i++) {
        const Member *member = &run->members[i];
        Place place = place_of(run, member);
        if (!prompt_make(run->handle, member->cache, member->input, place, &prompts[i])) {
            return prefill_failed(run, "the prompt could not be tokenized");
        }
        if (!check_length(run, member->cache, &prompts[i], place)) {
            return !run->handle->model->silent_overflow &&
                   prefill_failed(run, "prompt is longer than the context");
        }
    }
    return true;
}

static bool fill_caches(Run *run) {
    Prompt *prompts = sim_alloc(run->count * sizeof *prompts);
    bool ok = make_prompts(run, prompts);
    for (size_t i = 0; i < run->count; i++) {
        Member *member = &run->members[i];
        bool switched = member->cache->influence != influence_key(&run->influence);
        if (ok) {
            fill_cache(run, member, &prompts[i], place_of(run, member));
        }
        if (ok && run->resumes) {
            take_over(run, i, switched || prompts[i].positions.count > 0);
        }
        prompt_free(&prompts[i]);
    }
    sim_free(prompts);
    return ok;
}

/* Removes tokens that no cache contains any longer. */
static void forget_tokens(const Run *run) {
    for (size_t i = 0; i < run->count; i++) {
        if (tokenizer_needs_made(run->handle->tokenizer, &run->members[i].cache->positions)) {
            return;
        }
    }
    tokenizer_forget(run->handle->tokenizer);
}

bool prefill_prompts(Run *run) {
    if (run->handle->spoiled) {
        log_error("the kv cache is spoiled by an aborted run and was not cleared");
        return prefill_failed(run, "the kv cache is spoiled");
    }
    if (!fill_caches(run)) {
        return false;
    }
    if (!run->resumes) { /* otherwise plans may contain some */
        forget_tokens(run);
    }
    for (size_t i = 0; i < run->count; i++) {
        if (!run->members[i].planned && !make_plan(run, &run->members[i])) {
            pause_end(&run->handle->pause); /* the caches have changed since */
            return prefill_failed(run, NO_EMBEDDINGS);
        }
    }
    return true;
}

static void hang(int64_t ms) {
    if (ms < 0) {
        clock_sleep_forever();
    }
    clock_sleep((double)ms);
}

void prefill_wait(Run *run) {
    double ms = 0;
    for (size_t i = 0; i < run->count; i++) {
        const Rule *behavior = &run->members[i].plan.behavior;
        double once = run->resumes && run->members[i].prefilled == 0 ? 0 : behavior->prefill_ms;
        ms += once + behavior->prefill_ms_per_token * (double)run->members[i].prefilled;
    }
    if (ms > 0) {
        clock_sleep_until(run->start_ms + ms);
    }
    if (run_behavior(run)->faults.hang_in_prefill) {
        hang(run_behavior(run)->faults.prefill_hang_ms);
    }
    run->prefill_end_ms = clock_now_ms();
}
