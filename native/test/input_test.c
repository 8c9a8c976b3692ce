/* Token and embedding inputs, which are equivalent to the text they represent. */
#include <stdlib.h>
#include <string.h>

#include "embedding.h"
#include "harness.h"
#include "release.h"

#define WIDTH 64

static const char lines[] = "when: my name is {name}\nsay: Hello, {name}.\n"
                            "when: dream\ngenerate: 30\n"
                            "when: *\nsay: What?\n";
static const char rendered[] = "<|im_start|>user\nMy name is Ada<|im_end|>\n"
                               "<|im_start|>assistant\n";

static float *rows_of(const Tokens *tokens) {
    float *rows = malloc(tokens->count * WIDTH * sizeof *rows);
    for (size_t i = 0; i < tokens->count; i++) {
        for (size_t j = 0; j < WIDTH; j++) {
            rows[i * WIDTH + j] = embedding_value(tokens->ids[i], j);
        }
    }
    return rows;
}

static RKLLMInput embed_input(float *rows, size_t count) {
    return (RKLLMInput){.input_type = RKLLM_INPUT_EMBED, .embed_input = {rows, count}};
}

static void tokens_equal_their_prompt(void) {
    LLMHandle handle = open_model(lines);
    Tokens tokens = tokens_of(temp_path("model.rkllm"), rendered);
    RKLLMInput input = token_input(&tokens);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "Hello, Ada.");
    int size = cache_size(handle);
    CHECK_TEXT(answer(handle, "My name is Ada"), "Hello, Ada.");
    CHECK_INT(cache_size(handle), size);
    CHECK_INT(recorder.perf.prefill_tokens, 1); /* the same positions: all but one are reused */
    size_t bytes = 0;
    const float *logits = output_of(handle, "My name is Ada", RKLLM_INFER_GET_LOGITS);
    bytes = recorder.rows * recorder.width * sizeof *logits;
    CHECK_INT((long)recorder.rows, (long)tokens.count);
    float *kept = malloc(bytes);
    memcpy(kept, logits, bytes);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LOGITS, 0), 0);
    CHECK(memcmp(kept, recorder.output, bytes) == 0);
    free(kept);
    tokens_free(&tokens);
    close_model(handle);
}

static void embeddings_equal_their_tokens(void) {
    LLMHandle handle = open_model(lines);
    Tokens tokens = tokens_of(temp_path("model.rkllm"), rendered);
    float *rows = rows_of(&tokens);
    RKLLMInput input = embed_input(rows, tokens.count);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "Hello, Ada.");
    CHECK_TEXT(answer(handle, "My name is Ada"), "Hello, Ada.");
    CHECK_INT(recorder.perf.prefill_tokens, 1);
    /* A change of one bit results in a row that represents no text. */
    rows[5 * WIDTH + 63] += 0.001f;
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK(strcmp(bytes_text(&recorder.text), "Hello, Ada.") != 0);
    CHECK_INT(recorder.perf.prefill_tokens, (long)tokens.count - 5);
    free(rows);
    tokens_free(&tokens);
    close_model(handle);
}

static void odd_rows_are_rows(void) {
    LLMHandle handle = open_model("when: *\ngenerate: 5\n");
    float rows[2 * WIDTH];
    static const float odd[] = {0, -0.0f, 1, -1, 2, 1e30f, -1e30f};
    RKLLMInput input = embed_input(rows, 2);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        for (size_t j = 0; j < 2 * WIDTH; j++) {
            rows[j] = odd[i];
        }
        CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
        CHECK_INT(said(), 5);
    }
    for (size_t j = 0; j < 2 * WIDTH; j++) {
        rows[j] = (float)(j * 0) / 0.0f;
    }
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    close_model(handle);
}

/* The first float of a row determines the id, and the remaining floats confirm it. */
static void each_id_has_its_row(void) {
    for (int32_t id = 0; id < 200000; id += 37) {
        float row[WIDTH];
        for (size_t j = 0; j < WIDTH; j++) {
            row[j] = embedding_value(id, j);
            CHECK(row[j] >= -1 && row[j] < 1);
        }
        CHECK_INT(embedding_find(row, WIDTH, 200000), id);
        CHECK_INT(embedding_find(row, WIDTH, id), -1);
        row[1] = 0.5f;
        CHECK_INT(embedding_find(row, WIDTH, 200000), -1);
    }
}

/* Generated tokens can be used as input, one by one or all together. */
static void generated_tokens_can_be_input(void) {
    LLMHandle handle = open_model(lines);
    Tokens tokens = tokens_of(temp_path("model.rkllm"), rendered);
    Bytes text = {0};
    RKLLMInput input = token_input(&tokens);
    for (int i = 0; i < 20; i++) {
        CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
        if (recorder.events[0].token_id == END_OF_SEQUENCE) {
            break;
        }
        bytes_append_text(&text, recorder.events[0].text);
        tokens_append(&tokens, recorder.events[0].token_id);
        input = token_input(&tokens);
    }
    CHECK_TEXT(bytes_text(&text), "Hello, Ada.");
    bytes_free(&text);
    tokens_free(&tokens);
    close_model(handle);
}

static void wrong_ids_are_refused(void) {
    LLMHandle handle = open_model("vocab: 2000\nwhen: *\nsay: {prompt}\n");
    int32_t ids[] = {'a', -1, 'b'};
    RKLLMInput input = {.input_type = RKLLM_INPUT_TOKEN, .token_input = {ids, 3}};
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(logged(), "E rkllm: token id -1 at position 1 is not in the vocabulary of 2000 ids\n");
    ids[1] = 2000;
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(logged(), "E rkllm: token id 2000 at position 1 ");
    ids[1] = 1999; /* in the vocabulary, but without text */
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "a<1999>b");
    CHECK_TEXT(reported(), "");
    input.token_input.n_tokens = 0;
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(reported(), "an input of tokens has n_tokens 0");
    input.token_input = (RKLLMTokenInput){NULL, 3};
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(reported(), "token_input.input_ids is NULL");
    input = embed_input(NULL, 1);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(reported(), "embed_input.embed is NULL");
    close_model(handle);
}

static void too_many_tokens_overflow(void) {
    LLMHandle handle = open_model("");
    Tokens tokens = {0};
    for (int i = 0; i < 4093; i++) {
        tokens_append(&tokens, 'a');
    }
    RKLLMInput input = token_input(&tokens);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(logged(), "E rkllm: prompt gather than max context (prompt: 4093 tokens, max "
                        "context: 4092)\n");
    CHECK_INT((long)recorder.count, RELEASE_SILENT_OVERFLOW ? 0 : 1);
    input.token_input.n_tokens = (size_t)-1;
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(reported(), "n_tokens");
    tokens_free(&tokens);
    close_model(handle);
}

/* The input of an asynchronous run may be freed immediately. */
static void async_tokens_may_be_freed(void) {
    LLMHandle handle = open_model(lines);
    Tokens tokens = tokens_of(temp_path("model.rkllm"), rendered);
    RKLLMInput input = token_input(&tokens);
    RKLLMInferParam params = {0};
    recorder_clear(&recorder);
    CHECK_INT(rkllm_run_async(handle, &input, &params, &recorder), 0);
    tokens_free(&tokens);
    recorder_wait_end(&recorder);
    CHECK_TEXT(bytes_text(&recorder.text), "Hello, Ada.");
    close_model(handle);
}

static void vocabulary_has_a_size(void) {
    LLMHandle handle = NULL;
    RKLLMParam param = params_for(model_file("vocab: 100\n"));
    CHECK_INT(init(&handle, &param), -1);
    CHECK_HAS(logged(), "vocab: 100 is less than the ");
    param = params_for(model_file("vocab: 151936\nembd: 8\n"));
    CHECK_INT(init(&handle, &param), 0);
    output_of(handle, "x", RKLLM_INFER_GET_LOGITS);
    CHECK_INT((long)recorder.width, 151936);
    output_of(handle, "x", RKLLM_INFER_GET_LAST_HIDDEN_LAYER);
    CHECK_INT((long)recorder.width, 8);
    close_model(handle);
}

TESTS(input, {"tokens equal their prompt", tokens_equal_their_prompt, false},
      {"embeddings equal their tokens", embeddings_equal_their_tokens, false},
      {"odd rows are rows", odd_rows_are_rows, false},
      {"each id has its row", each_id_has_its_row, false},
      {"generated tokens can be input", generated_tokens_can_be_input, false},
      {"wrong ids are refused", wrong_ids_are_refused, false},
      {"too many tokens overflow", too_many_tokens_overflow, false},
      {"async tokens may be freed", async_tokens_may_be_freed, true},
      {"vocabulary has a size", vocabulary_has_a_size, false})
