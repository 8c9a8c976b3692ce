/* Several inputs in one run, each of which behaves as it would alone. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "release.h"

enum { MEMBERS = 3 };

/* The results of each member. */
typedef struct Batch {
    Bytes texts[MEMBERS];
    size_t tokens[MEMBERS];
    bool ended[MEMBERS];
    size_t calls;
    size_t finish;
    size_t error;
    RKLLMPerfStat perf[MEMBERS];
    float *floats[MEMBERS];
    size_t counts[MEMBERS];
    const RKLLMResult *late;
    size_t pause_at; /* the call that pauses, from 1; 0 for none */
    LLMHandle handle;
    size_t abort_at;
} Batch;

static void keep(Batch *batch, size_t i, const float *floats, size_t count) {
    if (floats != NULL) {
        free(batch->floats[i]);
        batch->counts[i] = count;
        batch->floats[i] = malloc(count * sizeof *floats);
        memcpy(batch->floats[i], floats, count * sizeof *floats);
    }
}

static int take(RKLLMResult *results, void *userdata, LLMCallState state) {
    Batch *batch = userdata;
    batch->calls++;
    batch->finish += state == RKLLM_RUN_FINISH;
    batch->error += state == RKLLM_RUN_ERROR;
    batch->late = results;
    for (size_t i = 0; i < MEMBERS; i++) {
        const RKLLMResult *result = &results[i];
        if (state == RKLLM_RUN_FINISH) {
            batch->perf[i] = result->perf;
            CHECK(result->token_id < 0 && result->text == NULL);
        } else if (state == RKLLM_RUN_NORMAL && result->token_id < 0) {
            batch->ended[i] = true;
            CHECK(result->text == NULL);
        } else if (state == RKLLM_RUN_NORMAL) {
            CHECK(!batch->ended[i]);
            batch->tokens[i]++;
            bytes_append_text(&batch->texts[i], result->text == NULL ? "" : result->text);
            keep(batch, i, result->logits.logits,
                 (size_t)result->logits.num_tokens * (size_t)result->logits.vocab_size);
        }
        CHECK(state != RKLLM_RUN_WAITING);
    }
    if (batch->calls == batch->abort_at) {
        rkllm_abort(batch->handle);
    }
    return batch->calls == batch->pause_at ? 1 : 0;
}

static void batch_clear(Batch *batch) {
    for (size_t i = 0; i < MEMBERS; i++) {
        bytes_free(&batch->texts[i]);
        free(batch->floats[i]);
    }
    *batch = (Batch){0};
}

static LLMHandle open_batch_with(RKLLMParam *param) {
    param->extend_param.n_batch = MEMBERS;
    LLMHandle handle = NULL;
#if RKLLM_ABI == 12
    CHECK_INT(rkllm_init(&handle, param, take), 0);
#else
    RKLLMCallback callback = {.result_callback = take};
    CHECK_INT(rkllm_init(&handle, param, &callback), 0);
#endif
    return handle;
}

static LLMHandle open_batch(const char *lines) {
    RKLLMParam param = params_for(model_file(lines));
    return open_batch_with(&param);
}

static int run_batch(LLMHandle handle, Batch *batch, const char *const *prompts,
                     RKLLMInferMode mode) {
    RKLLMInput inputs[MEMBERS];
    RKLLMInferParam params = {.mode = mode};
    for (size_t i = 0; i < MEMBERS; i++) {
        inputs[i] = prompt_input(prompts[i]);
    }
    return rkllm_run(handle, inputs, &params, batch);
}

static const char lines[] = "numbers: 100\n"
                            "when: short\nsay: one two\n"
                            "when: long\nsay: one two three four five six\n"
                            "when: emoji\nsay: a😀b\n"
                            "when: dream\ngenerate: 12\n"
                            "when: bad\nfault: error-at 3\nsay: a b c d e f\n"
                            "when: empty\nsay:\n"
                            "when: *\nsay: {prompt} {tokens}\n";
static const char *const mixed[] = {"short", "emoji", "dream"};

static void batch_equals_its_members_alone(void) {
    static const char *const sets[][MEMBERS] = {
        {"short", "emoji", "dream"}, {"empty", "long", "hello"}, {"empty", "empty", "empty"}};
    Batch batch = {0};
    LLMHandle together = open_batch(lines);
    LLMHandle alone = open_model(lines);
    for (size_t set = 0; set < 3; set++) {
        CHECK_INT(run_batch(together, &batch, sets[set], RKLLM_INFER_GENERATE), 0);
        long prefill = 0;
        long generated = 0;
        size_t longest = 0;
        int sizes[MEMBERS];
        CHECK_INT(rkllm_get_kv_cache_size(together, sizes), 0);
        for (size_t i = 0; i < MEMBERS; i++) {
            CHECK_INT(rkllm_clear_kv_cache(alone, 0, NULL, NULL), 0);
            CHECK_TEXT(bytes_text(&batch.texts[i]), answer(alone, sets[set][i]));
            CHECK_INT(sizes[i], cache_size(alone));
            prefill += recorder.perf.prefill_tokens;
            generated += recorder.perf.generate_tokens;
            size_t tokens = recorder.normal + recorder.waiting;
            longest = tokens > longest ? tokens : longest;
            CHECK_INT((long)batch.tokens[i], (long)tokens);
        }
        CHECK_INT((long)batch.calls, (long)longest + 1);
        CHECK_INT((long)batch.finish, 1);
        for (size_t i = 0; i < MEMBERS; i++) {
            CHECK(set > 0 || batch.perf[i].prefill_tokens == prefill);
            CHECK_INT(batch.perf[i].generate_tokens, generated);
        }
        batch_clear(&batch);
    }
    close_model(together);
    close_model(alone);
}

/* In a batch too, no part of a character is sent that a limit has cut. */
static void half_a_character_of_a_batch(void) {
    static const char *const prompts[] = {"emoji", "emoji", "long"};
    Batch batch = {0};
    RKLLMParam param = params_for(model_file(lines));
    param.max_new_tokens = 3;
    LLMHandle handle = open_batch_with(&param);
    CHECK_INT(run_batch(handle, &batch, prompts, RKLLM_INFER_GENERATE), 0);
    CHECK_TEXT(bytes_text(&batch.texts[0]), "a");
    CHECK_INT((long)batch.tokens[0], 3);
    CHECK_TEXT(bytes_text(&batch.texts[2]), "one two three");
    CHECK_INT(batch.perf[0].generate_tokens, 6); /* the first token of each is not counted */
    batch_clear(&batch);
    close_model(handle);
}

static void outputs_of_a_batch(void) {
    Batch batch = {0};
    LLMHandle together = open_batch(lines);
    LLMHandle alone = open_model(lines);
    CHECK_INT(run_batch(together, &batch, mixed, RKLLM_INFER_GET_LOGITS), 0);
    CHECK_INT((long)batch.calls, 1);
    for (size_t i = 0; i < MEMBERS; i++) {
        const float *expected = output_of(alone, mixed[i], RKLLM_INFER_GET_LOGITS);
        size_t count = recorder.rows * recorder.width;
        CHECK_INT((long)batch.counts[i], (long)count);
        CHECK(memcmp(batch.floats[i], expected, count * sizeof *expected) == 0);
    }
    batch_clear(&batch);
    close_model(together);
    close_model(alone);
}

static void error_of_one_ends_all(void) {
    static const char *const prompts[] = {"long", "bad", "short"};
    Batch batch = {0};
    LLMHandle handle = open_batch(lines);
    CHECK_INT(run_batch(handle, &batch, prompts, RKLLM_INFER_GENERATE), -1);
    CHECK_INT((long)batch.error, 1);
    CHECK_INT((long)batch.finish, 0);
    CHECK_INT((long)batch.calls, 4);
    batch_clear(&batch);
    CHECK_INT(run_batch(handle, &batch, mixed, RKLLM_INFER_GENERATE), 0);
    CHECK_TEXT(bytes_text(&batch.texts[0]), "one two");
    batch_clear(&batch);
    close_model(handle);
}

static void pause_of_a_batch(void) {
    static const char *const nothing[] = {"", "", ""};
    static const char *const more[] = {"", "", " three"};
    Batch whole = {0};
    Batch batch = {.pause_at = 3};
    LLMHandle handle = open_batch("when: short\nsay: one\nwhen: *\nsay: a😀 b c d\n");
    static const char *const prompts[] = {"short", "x", "y"};
    CHECK_INT(run_batch(handle, &whole, prompts, RKLLM_INFER_GENERATE), 0);
    CHECK_INT(run_batch(handle, &batch, prompts, RKLLM_INFER_GENERATE), 0);
    CHECK_INT((long)batch.finish, 0);
    CHECK(batch.ended[0]);
    batch.ended[0] = false;
    CHECK_INT(run_batch(handle, &batch, nothing, RKLLM_INFER_GENERATE), 0);
    CHECK_INT((long)batch.finish, 1);
    for (size_t i = 0; i < MEMBERS; i++) {
        CHECK_TEXT(bytes_text(&batch.texts[i]), bytes_text(&whole.texts[i]));
    }
    batch_clear(&batch);
    batch.pause_at = 2;
    CHECK_INT(run_batch(handle, &batch, prompts, RKLLM_INFER_GENERATE), 0);
    int starts[MEMBERS] = {0, 0, 0};
    int ends[MEMBERS] = {0, 1, 0};
    int before[MEMBERS], after[MEMBERS];
    CHECK_INT(rkllm_get_kv_cache_size(handle, before), 0);
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, starts, ends), 0);
    CHECK_INT(rkllm_get_kv_cache_size(handle, after), 0);
    CHECK_INT(after[0], before[0]);
    CHECK_INT(after[1], before[1] - 1);
    CHECK_INT(after[2], before[2]);
    CHECK_INT(run_batch(handle, &batch, more, RKLLM_INFER_GENERATE), 0);
    CHECK_INT((long)batch.finish, 1);
    batch_clear(&batch);
    batch_clear(&whole);
    close_model(handle);
}

static void abort_of_a_batch(void) {
    static const char *const prompts[] = {"short", "long", "dream"};
    LLMHandle handle = open_batch(lines);
    Batch batch = {.handle = handle, .abort_at = 3};
    CHECK_INT(run_batch(handle, &batch, prompts, RKLLM_INFER_GENERATE), 0);
    CHECK_INT((long)batch.finish, 1);
    CHECK_INT((long)batch.tokens[1], 3);
    batch_clear(&batch);
    Batch again = {0};
    CHECK_INT(run_batch(handle, &again, prompts, RKLLM_INFER_GENERATE), 0); /* as if there had been no run before */
    CHECK_TEXT(bytes_text(&again.texts[1]), "one two three four five six");
    batch_clear(&again);
    close_model(handle);
}

static void wrong_batches(void) {
    RKLLMInput inputs[MEMBERS] = {prompt_input("a"), prompt_input("b"), prompt_input(NULL)};
    RKLLMInferParam params = {.keep_history = 0};
    Batch batch = {0};
    LLMHandle handle = open_batch(lines);
    CHECK_INT(rkllm_run(handle, inputs, &params, &batch), -1);
    CHECK_HAS(reported(), "prompt_input is NULL");
    inputs[2] = prompt_input("c");
    params.keep_history = 1;
    CHECK_INT(rkllm_run(handle, inputs, &params, &batch), -1);
    CHECK_HAS(logged(), "E rkllm: keep_history 1 needs n_batch 1, but it is 3\n");
    Bytes huge = {0};
    for (int i = 0; i < 5000; i++) {
        bytes_append_text(&huge, "~");
    }
    inputs[1] = prompt_input(huge.data);
    params.keep_history = 0;
    CHECK_INT(rkllm_run(handle, inputs, &params, &batch), -1);
    CHECK_INT((long)batch.error, RELEASE_SILENT_OVERFLOW ? 0 : 1);
    CHECK_INT((long)batch.calls, RELEASE_SILENT_OVERFLOW ? 0 : 1);
    bytes_free(&huge);
    close_model(handle);
    RKLLMParam param = params_for(model_file(lines));
    param.extend_param.n_batch = 255;
    CHECK_INT(init(&handle, &param), 0);
    CHECK_HAS(logged(), "W rkllm: n_batch[255] exceeds the recommended maximum of 8\n");
    close_model(handle);
}

static void late_results_are_poisoned_or_unmapped(void) {
    Batch batch = {0};
    LLMHandle handle = open_batch(lines);
    CHECK_INT(run_batch(handle, &batch, mixed, RKLLM_INFER_GENERATE), 0);
    const unsigned char *late = (const unsigned char *)batch.late;
    for (size_t i = 0; i < MEMBERS * sizeof(RKLLMResult); i++) {
        CHECK_INT(late[i], 0xDB);
    }
    batch_clear(&batch);
    close_model(handle);
    Bytes text = {0};
    bytes_append_text(&text, "buffers: unmap\n");
    bytes_append_text(&text, lines);
    handle = open_batch(text.data);
    CHECK_INT(run_batch(handle, &batch, mixed, RKLLM_INFER_GENERATE), 0);
    CHECK_TEXT(bytes_text(&batch.texts[1]), "a😀b");
    batch_clear(&batch);
    bytes_free(&text);
    close_model(handle);
}

TESTS(batch, {"batch equals its members alone", batch_equals_its_members_alone, false},
      {"half a character of a batch", half_a_character_of_a_batch, false},
      {"outputs of a batch", outputs_of_a_batch, false},
      {"error of one ends all", error_of_one_ends_all, false},
      {"pause of a batch", pause_of_a_batch, false},
      {"abort of a batch", abort_of_a_batch, false}, {"wrong batches", wrong_batches, false},
      {"late results are poisoned or unmapped", late_results_are_poisoned_or_unmapped, false})
