#include "run.h"

#include <string.h>
#include <sys/resource.h>

#include "clock.h"
#include "crash.h"
#include "decoder.h"
#include "ledger.h"
#include "log.h"
#include "release.h"

/* Positions of the context that a prompt cannot have, as the vendor's figures show. */
enum { CONTEXT_RESERVE = 4 };

typedef enum Outcome { ENDED, ABORTED, FAILED, PAUSED } Outcome;

typedef struct Run {
    Handle *handle;
    const Request *request;
    Plan plan;
    size_t prefilled; /* tokens that were not in the cache already */
    size_t generated;
    double start_ms;
    double prefill_end_ms;
    double end_ms;
} Run;

/* ---- prefill ---- */

/* The tokens of the prompt; system_count of them are the system prompt. */
typedef struct Prompt {
    Tokens tokens;
    size_t system_count;
    bool continues; /* the kept conversation goes on: the tokens come after it */
} Prompt;

static Prompt make_prompt(const Handle *handle, const Request *request) {
    const KvCache *cache = &handle->cache;
    Prompt prompt = {.continues = request->keep_history != 0 && cache->history_count > 0};
    if (!prompt.continues) {
        chat_encode_system(&handle->chat, handle->model, handle->tokenizer, &prompt.tokens);
        prompt.system_count = prompt.tokens.count;
    }
    chat_encode_turn(&handle->chat, handle->model, handle->tokenizer, request,
                     prompt.continues && cache->turns > 0, &prompt.tokens);
    return prompt;
}

/* Where in the cache the new tokens begin. At least one token is always computed. */
static size_t reused_tokens(const KvCache *cache, const Prompt *prompt) {
    if (prompt->continues) {
        return cache->history_count;
    }
    size_t common = kv_cache_common_prefix(cache, &prompt->tokens);
    return common == prompt->tokens.count && common > 0 ? common - 1 : common;
}

/* Brings the prompt into the cache; false when it does not fit. */
static bool fill_cache(Run *run, const Prompt *prompt) {
    Handle *handle = run->handle;
    KvCache *cache = &handle->cache;
    size_t before = prompt->continues ? cache->history_count : 0;
    size_t total = before + prompt->tokens.count;
    size_t max = (size_t)handle->max_context - CONTEXT_RESERVE;
    if (total > max) {
        log_error("prompt gather than max context (prompt: %zu tokens, max context: %zu)", total,
                  max);
        return false;
    }
    size_t reused = reused_tokens(cache, prompt);
    kv_cache_truncate(cache, reused);
    for (size_t i = reused - before; i < prompt->tokens.count; i++) {
        tokens_append(&cache->tokens, prompt->tokens.ids[i]);
    }
    if (!prompt->continues) {
        cache->system_count = prompt->system_count;
        cache->history_count = 0;
        cache->turns = 0;
    }
    run->prefilled = total - reused;
    return true;
}

static void make_plan(Run *run) {
    Handle *handle = run->handle;
    const Request *request = run->request;
    size_t room = (size_t)handle->max_context - handle->cache.tokens.count;
    size_t max = request->max_new_tokens > 0 && (size_t)request->max_new_tokens < room
                     ? (size_t)request->max_new_tokens
                     : room;
    PlainTemplate plain;
    Conversation conversation;
    conversation_read(&conversation, &handle->cache, handle->tokenizer, handle->model,
                      chat_plain_template(&handle->chat, &plain), chat_tool_tag(&handle->chat));
    ScriptContext context = {.model = handle->model,
                             .settings = &handle->settings,
                             .request = request,
                             .conversation = &conversation};
    decoder_plan(&handle->cache, handle->tokenizer, &context, max, &run->plan);
    conversation_free(&conversation);
}

static void hang(int64_t ms) {
    if (ms < 0) {
        clock_sleep_forever();
    }
    clock_sleep((double)ms);
}

/* Takes the time prefill takes. Nothing interrupts it. */
static void prefill(Run *run) {
    const Rule *behaviour = &run->plan.behaviour;
    double ms = behaviour->prefill_ms + behaviour->prefill_ms_per_token * (double)run->prefilled;
    if (ms > 0) {
        clock_sleep_until(run->start_ms + ms);
    }
    if (behaviour->faults.hang_in_prefill) {
        hang(behaviour->faults.prefill_hang_ms);
    }
    run->prefill_end_ms = clock_now_ms();
}

/* ---- decode ---- */

static bool aborted(const Run *run) {
    return !run->plan.behaviour.faults.ignore_abort &&
           atomic_load_explicit(&run->handle->abort_requested, memory_order_relaxed);
}

/* Faults that are due before token number at. */
static Outcome fault_before(Run *run, int64_t at) {
    const Faults *faults = &run->plan.behaviour.faults;
    if (faults->crash_at == at) {
        crash_now();
    }
    if (faults->hang_at == at) {
        hang(faults->hang_ms);
    }
    if (faults->error_at == at) {
        emitter_error(&run->handle->emitter, faults->error_form, "simulated inference error");
        return FAILED;
    }
    return ENDED;
}

static Verdict emit(Run *run, int32_t id, bool last) {
    Emitter *emitter = &run->handle->emitter;
    const Faults *faults = &run->plan.behaviour.faults;
    const Token *token = tokenizer_token(run->handle->tokenizer, id);
    if (faults->null_texts || faults->null_text_at == (int64_t)run->generated) {
        return emitter_null_text(emitter, id);
    }
    bool hidden = faults->empty_texts ||
                  (token->kind == TOKEN_SPECIAL && run->handle->settings.skip_special_token);
    return emitter_token(emitter, id, token->bytes, hidden ? 0 : token->length, last);
}

/* The end of sequence is a token too, shown when special tokens are. */
static Verdict emit_end(Run *run) {
    const Handle *handle = run->handle;
    const char *end = handle->model->end_of_turn;
    int32_t id = tokenizer_find(handle->tokenizer, end, strlen(end));
    if (handle->settings.skip_special_token || !run->plan.ends || id < 0) {
        return VERDICT_GO_ON;
    }
    Verdict verdict = emit(run, id, true);
    run->generated++;
    return verdict;
}

static Outcome stopped_by(const Run *run) {
    (void)run;
    log_error("pausing a run is not simulated yet");
    return PAUSED;
}

/* Generates the planned tokens. */
static Outcome decode(Run *run) {
    const Tokens *planned = &run->plan.tokens;
    double due_ms = run->prefill_end_ms;
    if (run->plan.behaviour.faults.lose_early_abort) {
        atomic_store(&run->handle->abort_requested, false);
    }
    for (size_t i = 0;; i++) {
        if (fault_before(run, (int64_t)i) == FAILED) {
            return FAILED;
        }
        if (aborted(run)) {
            return ABORTED;
        }
        if (i == planned->count) {
            if (run->plan.ends && run->plan.behaviour.decode_ms > 0) {
                clock_sleep_until(due_ms + run->plan.behaviour.decode_ms);
            }
            return emit_end(run) == VERDICT_PAUSE ? stopped_by(run) : ENDED;
        }
        if (run->plan.behaviour.decode_ms > 0) {
            due_ms += run->plan.behaviour.decode_ms;
            clock_sleep_until(due_ms);
        }
        tokens_append(&run->handle->cache.tokens, planned->ids[i]);
        Verdict verdict = emit(run, planned->ids[i], i + 1 == planned->count);
        run->generated++;
        if (verdict == VERDICT_PAUSE) {
            return stopped_by(run);
        }
    }
}

/* ---- the end ---- */

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

static void finish(Run *run) {
    Handle *handle = run->handle;
    RKLLMPerfStat perf = {
        .prefill_time_ms = (float)(run->prefill_end_ms - run->start_ms),
        .prefill_tokens = (int)run->prefilled,
        .generate_time_ms = (float)(run->end_ms - run->prefill_end_ms),
        .generate_tokens = (int)run->generated,
        .memory_usage_mb = memory_mb(handle->model),
    };
    if (handle->log_level >= 1) {
        log_performance(&perf);
    }
    if (!run->plan.behaviour.faults.no_finish) {
        handle_set_ending(handle);
        emitter_finish(&handle->emitter, &perf, handle->model->finish_text_empty);
    }
}

static void keep_history(Run *run) {
    KvCache *cache = &run->handle->cache;
    if (run->request->keep_history != 0) {
        cache->history_count = cache->tokens.count;
        cache->turns++;
    }
}

static void log_prompt(const Run *run) {
    if (run->handle->log_level >= 2) {
        log_info("kv cache: %zu tokens, %zu of them new", run->handle->cache.tokens.count,
                 run->prefilled);
        log_info("prompt: %s", run->request->prompt);
    }
}

static int result_code(const Run *run, Outcome outcome) {
    const Faults *faults = &run->plan.behaviour.faults;
    if (faults->has_return_code) {
        return faults->return_code;
    }
    return outcome == FAILED || outcome == PAUSED ? -1 : 0;
}

static int execute(Run *run) {
    Handle *handle = run->handle;
    Prompt prompt = make_prompt(handle, run->request);
    bool fits = fill_cache(run, &prompt);
    tokens_free(&prompt.tokens);
    if (!fits) {
        emitter_begin(&handle->emitter, run->request->userdata, SPLIT_NORMAL, false);
        handle_set_ending(handle);
        emitter_error(&handle->emitter, ERROR_MESSAGE, "prompt is longer than the context");
        return -1;
    }
    tokenizer_forget(handle->tokenizer, &handle->cache.tokens);
    make_plan(run);
    log_prompt(run);
    const Faults *faults = &run->plan.behaviour.faults;
    emitter_begin(&handle->emitter, run->request->userdata, run->plan.behaviour.split,
                  faults->silent);
    prefill(run);
    if (faults->has_run_code) {
        return faults->run_code;
    }
    Outcome outcome = decode(run);
    run->end_ms = clock_now_ms();
    keep_history(run);
    if (outcome == ENDED || outcome == ABORTED) {
        finish(run);
    }
    return result_code(run, outcome);
}

int run_execute(Handle *handle, const Request *request) {
    Run run = {.handle = handle, .request = request, .start_ms = clock_now_ms()};
    ledger_count_run();
    int result = execute(&run);
    ledger_count_tokens((long)run.generated);
    plan_free(&run.plan);
    return result;
}
