#include "hidden.h"
#include "inference.h"
#include "log.h"
#include "logits.h"

/*
 * The token that a script requires next is computed separately for each row, from all rows before
 * it. In a long prompt, only as many rows at the end are computed as this limit allows.
 */
enum { SCRIPTED_WORK = 1 << 22 };

/* Returns the token that a script requires after the first count positions of a member. */
static int32_t scripted_after(const Run *run, const Member *member, size_t count) {
    Handle *handle = run->handle;
    Positions beginning = member->cache->positions;
    beginning.count = count;
    const Decoding decoding = {.model = handle->model,
                               .tokenizer = handle->tokenizer,
                               .settings = &handle->settings,
                               .chat = &handle->chat,
                               .request = run->request,
                               .runs = handle->runs,
                               .input = member->input,
                               .influence = &run->influence,
                               .encoded = &run->encoded,
                               .pictures = &member->cache->pictures,
                               .cache = &beginning,
                               .answer_start = NO_ANSWER};
    return decoder_scripted_next(&decoding);
}

static void fill_logits(const Run *run, const Member *member, Output *output) {
    const Tokenizer *tokenizer = run->handle->tokenizer;
    const Positions *positions = &member->cache->positions;
    uint64_t hash = 0;
    for (size_t i = 0; i < positions->count; i++) {
        hash = position_absorb(hash, &positions->items[i]);
        if (i < member->prompt_start) {
            continue;
        }
        bool far = (positions->count - i) * positions->count > SCRIPTED_WORK;
        logits_fill(output->floats + (i - member->prompt_start) * tokenizer->vocab_size,
                    tokenizer->vocab_size, tokenizer->logit_offsets, hash, &run->influence,
                    far ? -1 : scripted_after(run, member, i + 1));
    }
}

static size_t row_width(const Run *run) {
    return run->request->mode == RKLLM_INFER_GET_LOGITS ? run->handle->tokenizer->vocab_size
                                                        : (size_t)run->handle->model->embd;
}

static bool make_output(const Run *run, const Member *member, Output *output) {
    size_t rows = member->cache->positions.count - member->prompt_start;
    if (!output_map(output, rows, row_width(run))) {
        return false;
    }
    if (run->request->mode == RKLLM_INFER_GET_LOGITS) {
        fill_logits(run, member, output);
    } else {
        hidden_fill(output->floats, row_width(run), &member->cache->positions,
                    member->prompt_start, run->handle->tokenizer, run->handle->model->turn_start,
                    &run->influence);
    }
    return true;
}

static RKLLMResult result_of(const Run *run, const Output *output) {
    RKLLMResult result = {0};
    if (run->request->mode == RKLLM_INFER_GET_LOGITS) {
        result.logits.logits = output->floats;
        result.logits.vocab_size = (int)row_width(run);
        result.logits.num_tokens = (int)output->rows;
    } else {
        result.last_hidden_layer.hidden_states = output->floats;
        result.last_hidden_layer.embd_size = (int)row_width(run);
        result.last_hidden_layer.num_tokens = (int)output->rows;
    }
    return result;
}

static Verdict deliver(Run *run, const Output *outputs) {
    RKLLMResult *results = sim_alloc(run->count * sizeof *results);
    for (size_t i = 0; i < run->count; i++) {
        results[i] = result_of(run, &outputs[i]);
    }
    Verdict verdict = emitter_outputs(&run->handle->emitter, results);
    sim_free(results);
    if (verdict == VERDICT_PAUSE) {
        report_misuse("the result callback paused a run that generates nothing");
    }
    return verdict;
}

Outcome deliver_outputs(Run *run) {
    Handle *handle = run->handle;
    if (fault_before(run, &run->members[0], 0) == FAILED) {
        return FAILED;
    }
    if (run_aborted(run)) {
        return ABORTED;
    }
    Output *outputs = sim_alloc(run->count * sizeof *outputs);
    bool ok = true;
    for (size_t i = 0; i < run->count && ok; i++) {
        ok = make_output(run, &run->members[i], &outputs[i]);
    }
    /* FINISH may not follow, so a caller that has received these may call again. */
    handle_set_ending(handle);
    bool at_once = ok && deliver(run, outputs) == VERDICT_RELEASE;
    for (size_t i = 0; i < run->count; i++) {
        output_retire(&outputs[i], &handle->kept_output, at_once || handle->model->unmap_buffers);
    }
    sim_free(outputs);
    return ok ? ENDED : FAILED;
}
