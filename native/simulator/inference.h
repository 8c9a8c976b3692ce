/*
 * Declarations shared by the parts of a run: prefill.c, generate.c, modes.c and run.c, in this
 * order.
 */
#ifndef SIM_INFERENCE_H
#define SIM_INFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "decoder.h"
#include "handle.h"
#include "settings.h"

#define NO_EMBEDDINGS "the tokens have no embeddings"

typedef enum Outcome { ENDED, ABORTED, FAILED, PAUSED } Outcome;

/* A member of the batch, with its own cache. */
typedef struct Member {
    KvCache *cache;
    const Input *input;
    size_t prompt_start; /* position in the cache at which the prompt of this run begins */
    size_t prompt_end;   /* position at which it ends */
    size_t answer_start; /* position at which the answer begins, possibly in an earlier run */
    size_t prefilled;    /* number of tokens that were not already in the cache */
    bool planned;        /* the plan is that of the paused run */
    bool has_changed;    /* the cache has been changed since the pause */
    Plan plan;
    size_t next;      /* index of the next token of the plan */
    size_t generated; /* number of tokens generated in this run */
    bool ended;
} Member;

typedef struct Run {
    Handle *handle;
    const Request *request;
    Influence influence;
    Encoded encoded;
    Member *members;
    size_t count;
    bool resumes;    /* the run resumes a paused one */
    bool saves;      /* a prompt cache is still to be written */
    double start_ms;
    double prefill_end_ms;
    double end_ms;
} Run;

/*
 * Returns the faults and speeds that apply to the whole run, which are those of its first member.
 */
static inline const Rule *run_behavior(const Run *run) {
    return &run->members[0].plan.behavior;
}

/* Returns whether the run is to end before its next token. */
static inline bool run_aborted(const Run *run) {
    return !run_behavior(run)->faults.ignore_abort &&
           atomic_load_explicit(&run->handle->abort_requested, memory_order_relaxed);
}

/*
 * Puts the prompts into the caches and plans the answers (prefill.c). Returns false after an error
 * line and an ERROR callback; if the model file says so, a prompt that is too long causes no
 * callback. The caches are then unchanged, unless planning failed.
 */
bool prefill_prompts(Run *run);
/* Plans more of an answer after everything planned has been generated. */
bool prefill_extend_plan(const Run *run, Member *member);
/* Waits for the duration of the prefill, which cannot be interrupted. */
void prefill_wait(Run *run);

/* Writes the requested prompt cache, once (run.c). */
void save_prompt_cache(Run *run);

/* Applies faults that are due before token number at of a member (generate.c). */
Outcome fault_before(Run *run, const Member *member, int64_t at);
/* Generates the planned tokens. */
Outcome generate_tokens(Run *run);

/* Delivers logits or hidden states of the prompts instead (modes.c). */
Outcome deliver_outputs(Run *run);

#endif
