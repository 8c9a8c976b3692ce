/* Logits, hidden states, and sampling. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

static int32_t argmax(const float *row, size_t width) {
    size_t best = 0;
    for (size_t i = 1; i < width; i++) {
        best = row[i] > row[best] ? i : best;
    }
    return (int32_t)best;
}

static const float *last_row(void) {
    return recorder.output + (recorder.rows - 1) * recorder.width;
}

static void outputs_come_in_one_callback(void) {
    LLMHandle handle = open_model("when: *\nsay: a b\n");
    output_of(handle, "x", RKLLM_INFER_GET_LOGITS);
    CHECK_INT((long)recorder.count, 1); /* no FINISH */
    CHECK_INT(recorder.events[0].state, RKLLM_RUN_NORMAL);
    CHECK(recorder.events[0].null_text);
    CHECK_INT((long)recorder.rows, cache_size(handle));
    CHECK_INT((long)recorder.width % 64, 0);
    size_t rows = recorder.rows;
    output_of(handle, "x", RKLLM_INFER_GET_LAST_HIDDEN_LAYER);
    CHECK_INT((long)recorder.count, 1);
    CHECK_INT((long)recorder.rows, (long)rows); /* including the reused prefix */
    CHECK_INT((long)recorder.width, 64);
    free(recorder.output);
    recorder.output = NULL;
    answer(handle, "x");
    CHECK(recorder.output == NULL); /* nor if text is generated */
    close_model(handle);
}

static void finish_may_follow(void) {
    LLMHandle handle = open_model("finish-in-modes: yes\n");
    output_of(handle, "x", RKLLM_INFER_GET_LOGITS);
    CHECK_INT((long)recorder.finish, RKLLM_ABI >= 13);
    CHECK_INT(recorder.perf.generate_tokens, 0);
    close_model(handle);
}

/* A row depends only on preceding positions. */
static void rows_depend_on_preceding_positions(void) {
    LLMHandle handle = open_model("template: none\nwhen: *one\nsay: two\nwhen: *\ngenerate: 3\n");
    output_of(handle, "zero one", RKLLM_INFER_GET_LOGITS);
    size_t rows = recorder.rows;
    size_t size = rows * recorder.width * sizeof(float);
    float *kept = malloc(size);
    memcpy(kept, recorder.output, size);
    output_of(handle, "zero one and more", RKLLM_INFER_GET_LOGITS);
    CHECK(recorder.rows > rows);
    CHECK(memcmp(kept, recorder.output, size) == 0);
    free(kept);
    close_model(handle);
}

/* Greedy generation selects the highest logit in each step, also in scripted replies. */
static void greedy_equals_argmax(void) {
    static const char lines[] = "when: dream\ngenerate: 12\n"
                                "when: mixed\nsay: one\ngenerate: 3\nsay: two\n"
                                "when: *\nthink: Hm.\nsay: Scripted, 😀 and more.\n";
    static const char *const prompts[] = {"dream", "mixed", "hello", "hello /think"};
    RKLLMParam param = params_for(model_file(lines));
    param.temperature = 0;
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
        Bytes rendered = {0};
        bytes_append_format(&rendered, "<|im_start|>user\n%s<|im_end|>\n<|im_start|>assistant\n",
                            prompts[i]);
        Tokens tokens = tokens_of(param.model_path, bytes_text(&rendered));
        RKLLMInput input = token_input(&tokens);
        CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
        size_t count = recorder.normal + recorder.waiting; /* the last one is the end of the sequence */
        int32_t ids[MAX_EVENTS];
        for (size_t j = 0; j < count; j++) {
            ids[j] = recorder.events[j].token_id;
        }
        CHECK_INT(ids[count - 1], END_OF_SEQUENCE);
        for (size_t j = 0; j < count; j++) {
            input = token_input(&tokens);
            CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LOGITS, 0), 0);
            CHECK_INT(argmax(last_row(), recorder.width), ids[j]);
            tokens_append(&tokens, ids[j]);
        }
        tokens_free(&tokens);
        bytes_free(&rendered);
    }
    close_model(handle);
}

/* Each sampling parameter changes the generated text, and no other parameter does. */
static const char *generated(void (*change)(RKLLMParam *param)) {
    static char text[4096];
    RKLLMParam param = params_for(model_file("when: *\ngenerate: 200\n"));
    param.repeat_penalty = 1;
    change(&param);
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    strncpy(text, answer(handle, "x"), sizeof text - 1);
    CHECK_TEXT(answer(handle, "x"), text);
    close_model(handle);
    return text;
}

static void nothing(RKLLMParam *param) { (void)param; }
static void top_k(RKLLMParam *param) { param->top_k = 3; }
static void all_k(RKLLMParam *param) { param->top_k = 0; }
static void top_p(RKLLMParam *param) { param->top_p = 0.3f; }
static void temperature(RKLLMParam *param) { param->temperature = 2; }
static void cold(RKLLMParam *param) { param->temperature = 0; }
static void one(RKLLMParam *param) { param->top_k = 1; }
static void repeat(RKLLMParam *param) { param->repeat_penalty = 1.5f; }
static void frequency(RKLLMParam *param) { param->frequency_penalty = 0.5f; }
static void presence(RKLLMParam *param) { param->presence_penalty = 2; }
static void mirostat1(RKLLMParam *param) { param->mirostat = 1; }
static void mirostat2(RKLLMParam *param) { param->mirostat = 2; param->mirostat_tau = 2; }
static void tau(RKLLMParam *param) { param->mirostat = 2; param->mirostat_tau = 7; }

static void sampling_has_effects(void) {
    static void (*const changes[])(RKLLMParam *) = {
        nothing, top_k, all_k, top_p, temperature, cold, repeat, frequency, presence, mirostat1,
        mirostat2, tau};
    enum { COUNT = sizeof changes / sizeof *changes };
    char *texts[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        texts[i] = sim_copy_text(generated(changes[i]));
        for (size_t j = 0; j < i; j++) {
        CHECK(strcmp(texts[i], texts[j]) != 0);
        }
    }
    CHECK_TEXT(generated(one), texts[5]); /* both are greedy */
    for (size_t i = 0; i < COUNT; i++) {
        sim_free(texts[i]);
    }
}

static float cosine(const float *a, const float *b, size_t width) {
    float ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < width; i++) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    return ab / sqrtf(aa * bb);
}

static void sentence(LLMHandle handle, const char *text, float *out) {
    output_of(handle, text, RKLLM_INFER_GET_LAST_HIDDEN_LAYER);
    memcpy(out, last_row(), recorder.width * sizeof *out);
}

static void similar_texts_are_near(void) {
    LLMHandle handle = open_model("embd: 256\nsystem: You are a helpful model of embeddings.\n");
    float query[256], near[256], far[256], same[256];
    sentence(handle, "How do I bake bread with sourdough?", query);
    sentence(handle, "Sourdough bread is baked at high heat.", near);
    sentence(handle, "The parliament voted on a new railway law.", far);
    sentence(handle, "How do I bake bread with sourdough?", same);
    CHECK(memcmp(query, same, sizeof query) == 0);
    CHECK(cosine(query, near, 256) > cosine(query, far, 256) + 0.15f);
    CHECK(fabsf(cosine(query, far, 256)) < 0.3f);
    sentence(handle, "trains", query);
    sentence(handle, "train", same);
    sentence(handle, "gas", near); /* not a plural */
    sentence(handle, "ga", far);
    CHECK(cosine(query, same, 256) > cosine(near, far, 256) + 0.15f);
    CHECK(cosine(same, near, 256) < 0.5f); /* the system prompt counts little */
    close_model(handle);
}

static int release(Recorder *to, LLMCallState state) {
    (void)to;
    return state == RKLLM_RUN_NORMAL ? 2 : 0;
}

static bool is_mapped(const void *address) {
    int pipes[2];
    CHECK_INT(pipe(pipes), 0);
    bool mapped = write(pipes[1], address, 1) == 1;
    close(pipes[0]);
    close(pipes[1]);
    return mapped;
}

static void late_outputs_are_poison_or_gone(void) {
    LLMHandle handle = open_model("");
    output_of(handle, "x", RKLLM_INFER_GET_LAST_HIDDEN_LAYER);
    CHECK_INT(*(const unsigned char *)recorder.late_output, 0xDB);
    recorder.hook = release;
    output_of(handle, "x", RKLLM_INFER_GET_LAST_HIDDEN_LAYER);
#if RKLLM_ABI >= 13
    CHECK(!is_mapped(recorder.late_output));
    CHECK_TEXT(answer(handle, "x"), "You said: x"); /* has no effect */
    CHECK_TEXT(reported(), "");
#else
    CHECK_HAS(reported(), "the result callback returned 2, which is undefined in release 1.2.3");
#endif
    recorder.hook = NULL;
    close_model(handle);
    handle = open_model("buffers: unmap\n");
    output_of(handle, "x", RKLLM_INFER_GET_LOGITS);
    CHECK(!is_mapped(recorder.late_output));
    close_model(handle);
    handle = open_model("vocab: 151936\n");
    output_of(handle, "x", RKLLM_INFER_GET_LOGITS);
    CHECK(!is_mapped(recorder.late_output)); /* large ones are always unmapped */
    close_model(handle);
}

static void faults_strike_outputs(void) {
    LLMHandle handle = open_model("when: bad\nfault: error-at 0\nwhen: odd\nfault: run-code 4\n"
                                  "when: mute\nfault: silent\n");
    RKLLMInput input = prompt_input("bad");
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LOGITS, 0), -1);
    CHECK_INT((long)recorder.error, 1);
    input = prompt_input("odd");
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LOGITS, 0), 4);
    input = prompt_input("mute");
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LOGITS, 0), 0);
    CHECK_INT((long)recorder.count, 0);
    output_of(handle, "good", RKLLM_INFER_GET_LOGITS);
    close_model(handle);
}

static void logits_of_tokens_with_history(void) {
    LLMHandle handle = open_model("");
    Tokens tokens = tokens_of(temp_path("model.rkllm"), "hello you");
    RKLLMInput input = token_input(&tokens);
#if RKLLM_ABI == 12
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LOGITS, 1), -1);
    CHECK_HAS(reported(), "logits of token input cannot keep history");
#else
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LOGITS, 1), 0);
#endif
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LAST_HIDDEN_LAYER, 1), 0);
    tokens_free(&tokens);
    close_model(handle);
}

/* Only the rows of the prompt are delivered, not those of the history. */
static void history_is_not_delivered(void) {
    LLMHandle handle = open_model("when: *\nsay: ok\n");
    answer_in_chat(handle, "one two three");
    int before = cache_size(handle);
    RKLLMInput input = prompt_input("four");
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LAST_HIDDEN_LAYER, 1), 0);
    CHECK_INT((long)recorder.rows, cache_size(handle) - before);
    answer_in_chat(handle, "four"); /* the question alone is not a turn of the conversation */
    CHECK_INT(recorder.perf.prefill_tokens, (long)recorder.rows);
    close_model(handle);
}

/* A conversation leaves the same contents in the KV cache as its transcript. */
static void history_equals_its_transcript(void) {
    static const char lines[] = "when: one\nsay: first\nwhen: *\ngenerate: 5\n";
    LLMHandle handle = open_model(lines);
    Bytes transcript = {0};
    bytes_append_text(&transcript, "<|im_start|>user\none<|im_end|>\n<|im_start|>assistant\nfirst"
                                   "<|im_end|>\n<|im_start|>user\nhello<|im_end|>\n"
                                   "<|im_start|>assistant\n");
    answer_in_chat(handle, "one");
    RKLLMInput input = prompt_input("hello");
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LOGITS, 1), 0);
    size_t size = recorder.rows * recorder.width * sizeof(float);
    size_t rows = recorder.rows;
    float *kept = malloc(size);
    memcpy(kept, recorder.output, size);
    Tokens tokens = tokens_of(temp_path("model.rkllm"), bytes_text(&transcript));
    input = token_input(&tokens);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LOGITS, 0), 0);
    CHECK(recorder.rows > rows);
    CHECK(memcmp(kept, recorder.output + (recorder.rows - rows) * recorder.width, size) == 0);
    free(kept);
    tokens_free(&tokens);
    bytes_free(&transcript);
    close_model(handle);
}

TESTS(output, {"history equals its transcript", history_equals_its_transcript, false},
      {"outputs come in one callback", outputs_come_in_one_callback, false},
      {"finish may follow", finish_may_follow, false},
      {"rows depend on preceding positions", rows_depend_on_preceding_positions, false},
      {"greedy equals argmax", greedy_equals_argmax, false},
      {"sampling has effects", sampling_has_effects, false},
      {"similar texts are near", similar_texts_are_near, false},
      {"late outputs are poison or gone", late_outputs_are_poison_or_gone, false},
      {"faults strike outputs", faults_strike_outputs, false},
      {"logits of tokens with history", logits_of_tokens_with_history, false},
      {"history is not delivered", history_is_not_delivered, false})
