#include <string.h>

#include "clock.h"
#include "ending.h"
#include "inference.h"
#include "log.h"

Outcome fault_before(Run *run, const Member *member, int64_t at) {
    const Faults *faults = &member->plan.behavior.faults;
    if (faults->ending_at == at) {
        ending_perform(faults->ending);
    }
    if (faults->hang_at == at) {
        if (faults->hang_ms < 0) {
            clock_sleep_forever();
        }
        clock_sleep((double)faults->hang_ms);
    }
    if (faults->error_at == at) {
        emitter_error(&run->handle->emitter, faults->error_form, "simulated inference error");
        return FAILED;
    }
    return ENDED;
}

/* Returns the data to send for a token of a member. */
static Piece piece_of(const Run *run, const Member *member, int32_t id, bool last) {
    const Faults *faults = &member->plan.behavior.faults;
    const Token *token = tokenizer_token(run->handle->tokenizer, id);
    if (faults->null_texts || faults->null_text_at == (int64_t)member->next) {
        return (Piece){.id = id};
    }
    bool hidden = faults->empty_texts ||
                  (token->kind == TOKEN_SPECIAL && run->handle->settings.skip_special_token);
    return (Piece){id, token->bytes, hidden ? 0 : token->length, last};
}

/*
 * Returns the end of the sequence, which is a token too, or -1 if there is none or it is not
 * reported.
 */
static int32_t end_shown(const Run *run, const Member *member) {
    const Handle *handle = run->handle;
    const char *end = handle->model->end_of_turn;
    bool hidden = handle->model->hides_stop_token && handle->settings.skip_special_token;
    if (hidden || !member->plan.ends) {
        return -1;
    }
    return tokenizer_find(handle->tokenizer, end, strlen(end));
}

/* Returns whether a callback has paused the run, which is not allowed if history is kept. */
static bool pauses(const Run *run, Verdict verdict) {
    if (verdict != VERDICT_PAUSE) {
        return false;
    }
    if (run->request->keep_history != 0) {
        report_misuse("the result callback paused a run with keep_history 1, which continues");
        return false;
    }
    return true;
}

/*
 * Removes the older half of the positions that need not be kept from a full cache, of which there
 * is at least one: see room_for.
 */
static void shift_window(const Run *run, Member *member) {
    KvCache *cache = member->cache;
    size_t start = (size_t)run->handle->settings.n_keep;
    size_t end = start + (cache->positions.count - start + 1) / 2;
    kv_cache_remove(cache, start, end);
    member->answer_start = kv_cache_left(member->answer_start, start, end);
}

/* Takes the next token of the plan and puts it into the cache. */
static Piece take_next(Run *run, Member *member) {
    const Positions *planned = &member->plan.positions;
    const Position *position = &planned->items[member->next];
    bool last = member->next + 1 == planned->count && member->plan.left == 0;
    bool whole = member->plan.ends || run->handle->model->sends_half_characters;
    Piece piece = piece_of(run, member, position->token, last && whole);
    if (member->cache->positions.count == (size_t)run->handle->max_context) {
        shift_window(run, member); /* the plan exceeds the context only if this is allowed */
    }
    positions_append(&member->cache->positions, *position);
    member->next++;
    member->generated++;
    return piece;
}

/* Prepares the next token of a member: applies its faults and extends the plan. */
static Outcome before_token(Run *run, Member *member) {
    if (fault_before(run, member, (int64_t)member->next) == FAILED) {
        return FAILED;
    }
    if (member->next == member->plan.positions.count && member->plan.left > 0 &&
        !prefill_extend_plan(run, member)) {
        emitter_error(&run->handle->emitter, ERROR_MESSAGE, NO_EMBEDDINGS);
        return FAILED;
    }
    return ENDED;
}

/* ---- one input: the common case ---- */

static Outcome end_single(Run *run, Member *member, double due_ms) {
    int32_t end = end_shown(run, member);
    if (member->plan.ends && member->plan.behavior.decode_ms > 0) {
        clock_sleep_until(due_ms + member->plan.behavior.decode_ms);
    }
    member->ended = true;
    if (end < 0) {
        return ENDED;
    }
    Piece piece = piece_of(run, member, end, true);
    member->generated++;
    return pauses(run, emitter_token(&run->handle->emitter, &piece)) ? PAUSED : ENDED;
}

static Outcome generate_single(Run *run) {
    Member *member = run->members;
    double decode_ms = member->plan.behavior.decode_ms;
    double due_ms = run->prefill_end_ms;
    while (!member->ended) {
        if (before_token(run, member) == FAILED) {
            return FAILED;
        }
        if (run_aborted(run)) {
            return ABORTED;
        }
        if (member->next == member->plan.positions.count) {
            return end_single(run, member, due_ms);
        }
        if (decode_ms > 0) {
            due_ms += decode_ms;
            clock_sleep_until(due_ms);
        }
        Piece piece = take_next(run, member);
        Verdict verdict = emitter_token(&run->handle->emitter, &piece);
        if (run->saves) {
            save_prompt_cache(run);
        }
        if (pauses(run, verdict)) {
            return PAUSED;
        }
    }
    return ENDED;
}

/* ---- a batch ---- */

static Outcome before_tokens(Run *run) {
    for (size_t i = 0; i < run->count; i++) {
        Member *member = &run->members[i];
        if (!member->ended && before_token(run, member) == FAILED) {
            return FAILED;
        }
    }
    return ENDED;
}

/* Performs one step of a member that has not ended. If there is no token, it ends. */
static Piece step(Run *run, Member *member) {
    if (member->next < member->plan.positions.count) {
        return take_next(run, member);
    }
    int32_t end = end_shown(run, member);
    member->ended = true;
    if (end < 0) {
        return (Piece){.id = -1};
    }
    member->generated++;
    return piece_of(run, member, end, true);
}

static double slowest_decode_ms(const Run *run) {
    double ms = 0;
    for (size_t i = 0; i < run->count; i++) {
        double own = run->members[i].plan.behavior.decode_ms;
        ms = !run->members[i].ended && own > ms ? own : ms;
    }
    return ms;
}

/* Performs one step of all members; tokens is whether there is anything to deliver. */
static void step_all(Run *run, Piece *pieces, bool *tokens, bool *all_ended) {
    *tokens = false;
    *all_ended = true;
    for (size_t i = 0; i < run->count; i++) {
        Member *member = &run->members[i];
        pieces[i] = member->ended ? (Piece){.id = -1} : step(run, member);
        *tokens |= pieces[i].id >= 0;
        *all_ended &= member->ended;
    }
}

static Outcome generate_batch(Run *run) {
    Piece *pieces = sim_alloc(run->count * sizeof *pieces);
    double due_ms = run->prefill_end_ms;
    Outcome outcome = ENDED;
    bool all_ended = false;
    while (outcome == ENDED && !all_ended) {
        bool tokens;
        outcome = before_tokens(run);
        if (outcome == ENDED && run_aborted(run)) {
            outcome = ABORTED;
        }
        if (outcome != ENDED) {
            break;
        }
        double ms = slowest_decode_ms(run);
        if (ms > 0) {
            due_ms += ms;
            clock_sleep_until(due_ms);
        }
        step_all(run, pieces, &tokens, &all_ended);
        if (!tokens) {
            continue;
        }
        Verdict verdict = emitter_tokens(&run->handle->emitter, pieces);
        if (run->saves) {
            save_prompt_cache(run);
        }
        outcome = pauses(run, verdict) ? PAUSED : ENDED;
    }
    sim_free(pieces);
    return outcome;
}

Outcome generate_tokens(Run *run) {
    if (run_behavior(run)->faults.lose_early_abort) {
        atomic_store(&run->handle->abort_requested, false);
    }
    if (run_behavior(run)->faults.no_tokens) {
        return ENDED;
    }
    return run->count == 1 ? generate_single(run) : generate_batch(run);
}
