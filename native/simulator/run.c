#include "run.h"

#include <limits.h>
#include <math.h>
#include <sys/resource.h>

#include "clock.h"
#include "inference.h"
#include "ledger.h"
#include "log.h"
#include "release.h"

/* ---- measurements ---- */

static float memory_mb(const Model *model) {
    struct rusage usage;
    if (model->memory_mb > 0 || getrusage(RUSAGE_SELF, &usage) != 0) {
        return (float)model->memory_mb;
    }
    return (float)usage.ru_maxrss / 1024;
}

static void log_stage(const char *stage, float ms, int tokens) {
    float each = tokens == 0 ? 0 : ms / (float)tokens;
    log_info(" %-10s %14.2f %10d %18.2f %18.2f", stage, (double)ms, tokens, (double)each,
             each > 0 ? 1000 / (double)each : 0.0);
}

static void log_performance(const RKLLMPerfStat *perf) {
    log_info(" %-10s %14s %10s %18s %18s", "Stage", "Total (ms)", "Tokens", "Per token (ms)",
             "Tokens per second");
    log_stage("Prefill", perf->prefill_time_ms, perf->prefill_tokens);
    log_stage("Generate", perf->generate_time_ms, perf->generate_tokens);
    log_info(" Memory usage: %.2f MB", (double)perf->memory_usage_mb);
}

static RKLLMPerfStat figures(const Run *run) {
    RKLLMPerfStat perf = {
        .prefill_time_ms = (float)(run->prefill_end_ms - run->start_ms),
        .generate_time_ms = (float)(run->end_ms - run->prefill_end_ms),
        .memory_usage_mb = memory_mb(run->handle->model),
    };
    for (size_t i = 0; i < run->count; i++) {
        perf.prefill_tokens += (int)run->members[i].prefilled;
        size_t generated = run->members[i].generated;
        bool uncounted = generated > 0 && !run->handle->model->counts_first_token;
        perf.generate_tokens += (int)(uncounted ? generated - 1 : generated);
    }
    return perf;
}

/* Makes the measurements invalid as the model file requests. */
static void spoil(RKLLMPerfStat *perf, FiguresFault fault) {
    float value = fault == FIGURES_NAN ? NAN : fault == FIGURES_INFINITE ? INFINITY : -1;
    if (fault == FIGURES_TRUE) {
        return;
    }
    if (fault == FIGURES_HUGE || fault == FIGURES_NEGATIVE) {
        perf->prefill_tokens = fault == FIGURES_HUGE ? INT_MAX : -1;
        perf->generate_tokens = perf->prefill_tokens;
    }
    if (fault != FIGURES_HUGE) {
        perf->prefill_time_ms = value;
        perf->generate_time_ms = value;
        perf->memory_usage_mb = value;
    }
}

static void log_prompt(const Run *run) {
    for (size_t i = 0; run->handle->log_level >= 2 && i < run->count; i++) {
        const Member *member = &run->members[i];
        log_info("kv cache: %zu tokens, %zu of them new", member->cache->positions.count,
                 member->prefilled);
        if (member->input->prompt != NULL) {
            log_info("prompt: %s", member->input->prompt);
        }
    }
}

/* ---- the end ---- */

/* Returns whether FINISH is sent. In the other modes it is not, unless the model file says so. */
static bool finishes(const Run *run) {
    bool generates = run->request->mode == RKLLM_INFER_GENERATE;
    return (generates || (RELEASE_FINISH_IN_MODES && run->handle->model->finish_in_modes)) &&
           !run_behavior(run)->faults.no_finish;
}

static void finish(Run *run) {
    Handle *handle = run->handle;
    RKLLMPerfStat perf = figures(run);
    if (handle->log_level >= 1) {
        log_performance(&perf);
    }
    spoil(&perf, run_behavior(run)->faults.figures);
    if (finishes(run)) {
        handle_set_ending(handle);
        emitter_finish(&handle->emitter, &perf, handle->model->finish_text_empty);
    }
}

static void keep_history(Run *run) {
    bool generates = run->request->mode == RKLLM_INFER_GENERATE;
    for (size_t i = 0; generates && run->request->keep_history != 0 && i < run->count; i++) {
        KvCache *cache = run->members[i].cache;
        cache->history_count = cache->positions.count;
        cache->replied = true;
    }
}

void save_prompt_cache(Run *run) {
    const Member *member = &run->members[0];
    run->saves = false;
    prompt_cache_write(run->request->prompt_cache_path, run->handle->model,
                       &member->cache->positions, member->prompt_end, member->cache->influence);
}

/* Returns whether a prompt cache is to be written. Logs the reason if it is not. */
static bool saves(const Run *run) {
    const char *why = run->request->keep_history != 0 ? "with keep_history 1"
                      : run->count > 1                ? "of a batch"
                                                      : NULL;
    if (run->request->prompt_cache_path != NULL && why != NULL) {
        log_warning("no prompt cache is written %s", why);
    }
    return run->request->prompt_cache_path != NULL && why == NULL;
}

/* Keeps the state that a later run needs to resume this one. */
static void keep_paused(Run *run) {
    Pause *pause = &run->handle->pause;
    pause->active = true;
    pause->count = run->count;
    pause->members = sim_alloc(run->count * sizeof *pause->members);
    for (size_t i = 0; i < run->count; i++) {
        Member *member = &run->members[i];
        pause->members[i] = (PausedMember){.plan = member->plan,
                                           .next = member->next,
                                           .answer_start = member->answer_start,
                                           .ended = member->ended};
        member->plan = (Plan){0};
    }
}

/* ---- the complete run ---- */

static Outcome infer(Run *run) {
    return run->request->mode == RKLLM_INFER_GENERATE ? generate_tokens(run)
                                                      : deliver_outputs(run);
}

static int result_code(const Run *run, Outcome outcome) {
    const Faults *faults = &run_behavior(run)->faults;
    if (faults->has_return_code) {
        return faults->return_code;
    }
    return outcome == FAILED ? -1 : 0;
}

/* Adds the faults that only asynchronous runs have. */
static void add_async_faults(Run *run) {
    const Faults *model = &run->handle->model->defaults.faults;
    for (size_t i = 0; run->request->async && i < run->count; i++) {
        Faults *faults = &run->members[i].plan.behavior.faults;
        faults->silent |= model->async_no_callbacks;
        faults->hang_in_prefill |= model->async_hang;
        faults->empty_texts |= model->async_empty_text;
    }
}

static void begin(Run *run) {
    Emitter *emitter = &run->handle->emitter;
    bool goes_on = run->resumes;
    for (size_t i = 0; i < run->count; i++) {
        emitter->streams[i].split = run->members[i].plan.behavior.split;
        goes_on &= !run->members[i].has_changed;
    }
    emitter_begin(emitter, run->request->userdata, &run_behavior(run)->faults, goes_on);
}

static int execute(Run *run) {
    if (!prefill_prompts(run)) {
        return -1; /* a paused run remains paused */
    }
    pause_end(&run->handle->pause);
    log_prompt(run);
    add_async_faults(run);
    begin(run);
    prefill_wait(run);
    if (run_behavior(run)->faults.has_run_code) {
        return run_behavior(run)->faults.run_code;
    }
    run->saves = saves(run);
    Outcome outcome = infer(run);
    run->handle->aborted = outcome == ABORTED;
    /* A kept history cannot be cleared without losing it, so it remains valid. */
    run->handle->spoiled |= run->handle->aborted && run->handle->model->abort_spoils &&
                            run->request->keep_history == 0;
    if (run->saves && outcome == ENDED) {
        save_prompt_cache(run); /* there was no first token */
    }
    run->end_ms = clock_now_ms();
    keep_history(run);
    int result = result_code(run, outcome);
    if (outcome == PAUSED) {
        handle_set_ending(run->handle); /* a caller that has paused it may call again */
        keep_paused(run);
    } else if (outcome != FAILED) {
        finish(run);
    }
    return result;
}

int run_execute(Handle *handle, const Request *request) {
    Run run = {.handle = handle,
               .request = request,
               .count = request->input_count,
               .resumes = handle->pause.active,
               .start_ms = clock_now_ms()};
    lora_influence(&handle->adapters, request->lora_name, &run.influence);
    cross_attention_read(&handle->attention, handle->model, &run.encoded, &run.influence);
    run.members = sim_alloc(run.count * sizeof *run.members);
    for (size_t i = 0; i < run.count; i++) {
        run.members[i] = (Member){.cache = &handle->caches[i], .input = &request->inputs[i]};
    }
    ledger_count_run();
    handle->runs++;
    int result = execute(&run);
    if (handle->model->times != NULL) {
        times_write(&handle->emitter.times, handle->model->times);
    }
    for (size_t i = 0; i < run.count; i++) {
        ledger_count_tokens((long)run.members[i].generated);
        plan_free(&run.members[i].plan);
    }
    sim_free(run.members);
    encoded_free(&run.encoded);
    return result;
}
