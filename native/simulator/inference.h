/* What the parts of a run share: prefill.c, generate.c, modes.c and run.c, in that order. */
#ifndef SIM_INFERENCE_H
#define SIM_INFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "decoder.h"
#include "handle.h"
#include "settings.h"

#define NO_EMBEDDINGS "the tokens have no embeddings"

typedef enum Outcome { ENDED, ABORTED, FAILED, PAUSED } Outcome;

/* One member of the batch, with a cache of its own. */
typedef struct Member {
    KvCache *cache;
    const Input *input;
    size_t prompt_start; /* where in the cache this run's prompt begins */
    size_t prompt_end;   /* and ends */
    size_t answer_start; /* where the answer begins, which may be in an earlier run */
    size_t prefilled;    /* tokens that were not in the cache already */
    bool planned;        /* the plan is that of the run that was paused */
    bool has_changed;    /* that run's cache has been changed since */
    Plan plan;
    size_t next;      /* of the plan: what comes next */
    size_t generated; /* in this run */
    bool ended;
} Member;

typedef struct Run {
    Handle *handle;
    const Request *request;
    Influence influence;
    Encoded encoded;
    Member *members;
    size_t count;
    bool resumes;    /* a run that was paused */
    bool saves;      /* a prompt cache is still to be written */
    double start_ms;
    double prefill_end_ms;
    double end_ms;
} Run;

/* Faults and speeds that are about the run as a whole are those of its first member. */
static inline const Rule *run_behaviour(const Run *run) {
    return &run->members[0].plan.behaviour;
}

/* Whether the run is to end before its next token. */
static inline bool run_aborted(const Run *run) {
    return !run_behaviour(run)->faults.ignore_abort &&
           atomic_load_explicit(&run->handle->abort_requested, memory_order_relaxed);
}

/*
 * Brings the prompts into the caches and plans the answers (prefill.c). False after a line and, but
 * for a prompt that is too long where the model file wants none, an ERROR callback; then the caches are as they were, unless planning failed.
 */
bool prefill_prompts(Run *run);
/* Plans more of an answer, all that was planned of it having been generated. */
bool prefill_extend_plan(const Run *run, Member *member);
/* Takes the time that prefill takes; nothing interrupts it. */
void prefill_wait(Run *run);

/* Writes the prompt cache that was asked for, once (run.c). */
void save_prompt_cache(Run *run);

/* Faults that are due before token number at of a member (generate.c). */
Outcome fault_before(Run *run, const Member *member, int64_t at);
/* Generates what was planned. */
Outcome generate_tokens(Run *run);

/* Delivers logits or hidden states of the prompts instead (modes.c). */
Outcome deliver_outputs(Run *run);

#endif
