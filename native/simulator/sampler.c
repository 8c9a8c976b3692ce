#include "sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "logits.h"

enum { PENALTY_WINDOW = 64, FEW = 64 };

void sampler_create(Sampler *sampler, const Sampling *sampling, const Influence *influence,
                    const Tokens *words) {
    *sampler = (Sampler){.sampling = *sampling, .influence = *influence, .words = words};
    sampler->candidates = sim_alloc(words->count * sizeof(Candidate));
    sampler->times = sim_alloc(words->count);
    sampler->place_count = (size_t)words->ids[words->count - 1] + 1;
    sampler->places = sim_alloc(sampler->place_count * sizeof *sampler->places);
    for (size_t i = 0; i < words->count; i++) {
        sampler->places[words->ids[i]] = (int32_t)i + 1;
    }
    sampler->surprise = 2 * sampling->mirostat_tau;
}

void sampler_free(Sampler *sampler) {
    sim_free(sampler->candidates);
    sim_free(sampler->times);
    sim_free(sampler->places);
    *sampler = (Sampler){0};
}

static int32_t greedy(const Sampler *sampler, uint64_t hash) {
    int32_t best = sampler->words->ids[0];
    float highest = -INFINITY;
    for (size_t i = 0; i < sampler->words->count; i++) {
        float logit = logit_of_word(hash, &sampler->influence, sampler->words->ids[i]);
        if (logit > highest) {
            highest = logit;
            best = sampler->words->ids[i];
        }
    }
    return best;
}

/* ---- penalties ---- */

/* Collects the last tokens, latest first. Returns their number. */
static size_t recent(const Positions *before, const Positions *after, int32_t *out) {
    size_t count = 0;
    for (size_t i = after->count; i > 0 && count < PENALTY_WINDOW; i--) {
        out[count++] = after->items[i - 1].token;
    }
    for (size_t i = before->count; i > 0 && count < PENALTY_WINDOW; i--) {
        out[count++] = before->items[i - 1].token;
    }
    return count;
}

static float penalized(float logit, const Sampling *sampling, float times) {
    if (sampling->repeat_penalty > 0) {
        logit = logit > 0 ? logit / sampling->repeat_penalty : logit * sampling->repeat_penalty;
    }
    return logit - times * sampling->frequency_penalty - sampling->presence_penalty;
}

/* Applies the penalties. The candidates are in the order of the words. */
static void penalize(Sampler *sampler, const Positions *before, const Positions *after) {
    const Sampling *sampling = &sampler->sampling;
    int32_t ids[PENALTY_WINDOW];
    if (sampling->repeat_penalty == 1 && sampling->frequency_penalty == 0 &&
        sampling->presence_penalty == 0) {
        return;
    }
    size_t count = recent(before, after, ids);
    for (size_t i = 0; i < count; i++) {
        bool is_word = ids[i] >= 0 && (size_t)ids[i] < sampler->place_count;
        if (is_word && sampler->places[ids[i]] > 0) {
            sampler->times[sampler->places[ids[i]] - 1]++;
        }
    }
    for (size_t i = 0; i < sampler->words->count; i++) {
        if (sampler->times[i] > 0) {
            sampler->candidates[i].logit = penalized(sampler->candidates[i].logit, sampling,
                                                     (float)sampler->times[i]);
            sampler->times[i] = 0;
        }
    }
}

/* ---- selection ---- */

/* Orders by descending logit, then by ascending id. */
static bool is_better(const Candidate *first, const Candidate *second) {
    return first->logit > second->logit ||
           (first->logit == second->logit && first->id < second->id);
}

static int compare_candidates(const void *first, const void *second) {
    return is_better(first, second) ? -1 : is_better(second, first) ? 1 : 0;
}

/* Moves the best keep candidates to the front, in order. */
static void select_best(Candidate *candidates, size_t count, size_t keep) {
    if (keep > FEW) {
        qsort(candidates, count, sizeof *candidates, compare_candidates);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        Candidate candidate = candidates[i];
        size_t place = i < keep ? i : keep;
        if (i >= keep && !is_better(&candidate, &candidates[keep - 1])) {
            continue;
        }
        if (i >= keep) {
            candidates[i] = candidates[--place];
        }
        while (place > 0 && is_better(&candidate, &candidates[place - 1])) {
            candidates[place] = candidates[place - 1];
            place--;
        }
        candidates[place] = candidate;
    }
}

/* Computes the probabilities. The candidates are in order. */
static void softmax(Candidate *candidates, size_t count, float temperature) {
    float sum = 0;
    for (size_t i = 0; i < count; i++) {
        candidates[i].probability =
            expf((candidates[i].logit - candidates[0].logit) / temperature);
        sum += candidates[i].probability;
    }
    for (size_t i = 0; i < count; i++) {
        candidates[i].probability /= sum;
    }
}

/* Returns the number of most probable candidates that make up the probability top_p. */
static size_t cut_probability(const Candidate *candidates, size_t count, float top_p) {
    float sum = 0;
    if (!(top_p > 0 && top_p < 1)) {
        return top_p > 0 ? count : 1;
    }
    for (size_t i = 0; i < count; i++) {
        sum += candidates[i].probability;
        if (sum >= top_p) {
            return i + 1;
        }
    }
    return count;
}

static const Candidate *draw(const Candidate *candidates, size_t count, uint64_t hash) {
    float sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += candidates[i].probability;
    }
    uint32_t noise = logit_noise(logit_seed(hash), 0xD1CEu);
    float mark = (float)(noise >> 8) / 16777216.0f * sum;
    for (size_t i = 0; i + 1 < count; i++) {
        mark -= candidates[i].probability;
        if (mark < 0) {
            return &candidates[i];
        }
    }
    return &candidates[count - 1];
}

static float surprise_of(const Candidate *candidate) {
    return -log2f(candidate->probability);
}

/*
 * Removes candidates with more than the allowed surprise. Version 1 also limits their number, to
 * the number that is probable on average.
 */
static size_t cut_surprise(const Sampler *sampler, size_t count) {
    size_t kept = 0;
    while (kept < count && surprise_of(&sampler->candidates[kept]) <= sampler->surprise) {
        kept++;
    }
    if (sampler->sampling.mirostat == 1) {
        size_t bound = (size_t)exp2f(sampler->surprise < 0 ? 0 : fminf(sampler->surprise, 20));
        kept = kept < bound ? kept : bound;
    }
    return kept == 0 ? 1 : kept;
}

static int32_t mirostat(Sampler *sampler, size_t count, uint64_t hash) {
    const Sampling *sampling = &sampler->sampling;
    size_t kept = cut_surprise(sampler, count);
    const Candidate *chosen = draw(sampler->candidates, kept, hash);
    sampler->surprise -= sampling->mirostat_eta * (surprise_of(chosen) - sampling->mirostat_tau);
    return chosen->id;
}

int32_t sampler_next(Sampler *sampler, uint64_t hash, const Positions *before,
                     const Positions *after) {
    const Sampling *sampling = &sampler->sampling;
    size_t count = sampler->words->count;
    if (!(sampling->temperature > 0) || sampling->top_k == 1) {
        return greedy(sampler, hash);
    }
    for (size_t i = 0; i < count; i++) {
        int32_t id = sampler->words->ids[i];
        sampler->candidates[i] =
            (Candidate){.id = id, .logit = logit_of_word(hash, &sampler->influence, id)};
    }
    penalize(sampler, before, after);
    bool has_mirostat = sampling->mirostat == 1 || sampling->mirostat == 2;
    bool limited = sampling->top_k > 0 && (size_t)sampling->top_k < count && !has_mirostat;
    size_t keep = limited ? (size_t)sampling->top_k : count;
    select_best(sampler->candidates, count, keep);
    softmax(sampler->candidates, keep, sampling->temperature);
    if (has_mirostat) {
        return mirostat(sampler, keep, hash);
    }
    keep = cut_probability(sampler->candidates, keep, sampling->top_p);
    return draw(sampler->candidates, keep, hash)->id;
}
