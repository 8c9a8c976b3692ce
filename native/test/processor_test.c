/* The caller's tokenizer and embedding functions, for models without their own. */
#include <stdio.h>
#include <string.h>

#include "embedding.h"
#include "harness.h"
#include "model.h"
#include "tokenizer.h"

#if RKLLM_ABI >= 13

enum { WIDTH = 16 };

static const char lines[] = "tokenizer: none\nembedding: none\nembd: 16\nvocab: 2000\n"
                            "when: my name is {name}\nsay: Hello, {name}.\n"
                            "when: dream\ngenerate: 10\nwhen: *\nsay: {prompt}\n";

/* The arguments of the callbacks, and their behavior. */
static struct {
    char texts[1024];
    int calls;
    int result;   /* of the tokenizer, unless 0 */
    int32_t bad;  /* an id to return, unless 0 */
    int lookups;
    uint64_t tokens;
    int fail_lookup; /* the lookup that fails, from 1 */
    float shift;     /* added to the rows */
    Model *model;
    Tokenizer *tokenizer;
    LLMHandle handle;
} seen;

static int tokenize(void *userdata, const char *text, int32_t length, int32_t *tokens,
                    int32_t max) {
    CHECK(userdata == &seen);
    CHECK_INT(max, 512);
    CHECK(text[length] == '\0');
    strncat(seen.texts, text, sizeof seen.texts - strlen(seen.texts) - 1);
    seen.calls++;
    if (seen.result != 0) {
        return seen.result;
    }
    Tokens ids = {0};
    tokenizer_encode(seen.tokenizer, text, (size_t)length, &ids);
    memcpy(tokens, ids.ids, ids.count * sizeof *tokens);
    int count = (int)ids.count;
    tokens_free(&ids);
    tokens[0] = seen.bad != 0 ? seen.bad : tokens[0];
    return count;
}

static int embed(void *userdata, int32_t *tokens, uint64_t count, void *rows, uint64_t length) {
    CHECK(userdata == &seen.tokens);
    CHECK_INT((long)length, (long)(count * WIDTH * sizeof(float)));
    float *floats = rows;
    seen.lookups++;
    seen.tokens += count;
    for (uint64_t i = 0; i < count * WIDTH; i++) {
        floats[i] = embedding_value(tokens[i / WIDTH], i % WIDTH) + seen.shift;
    }
    return seen.lookups == seen.fail_lookup ? 3 : 0;
}

static LLMHandle open_with(const char *text, LLMTokenizerCallback tokenizer,
                           LLMGetEmbedCallback embedder) {
    RKLLMParam param = params_for(model_file(text));
    param.max_context_len = 512;
    RKLLMCallback callback = {record, &recorder, tokenizer, &seen, embedder, &seen.tokens};
    LLMHandle handle = NULL;
    int result = rkllm_init(&handle, &param, &callback);
    CHECK((result == 0) == (handle != NULL));
    return handle;
}

static LLMHandle begin(void) {
    memset(&seen, 0, sizeof seen);
    LLMHandle handle = open_with(lines, tokenize, embed);
    seen.model = model_read(temp_path("model.rkllm"));
    seen.tokenizer = tokenizer_create(seen.model);
    return handle;
}

static void end(LLMHandle handle) {
    tokenizer_free(seen.tokenizer);
    model_free(seen.model);
    close_model(handle);
}

static void callbacks_do_the_work(void) {
    LLMHandle handle = begin();
    CHECK_TEXT(answer(handle, "My name is Ada"), "Hello, Ada.");
    CHECK_TEXT(seen.texts, "<|im_start|>user\nMy name is Ada<|im_end|>\n<|im_start|>assistant\n");
    CHECK_INT(seen.calls, 1);
    CHECK_INT((long)seen.tokens,
              recorder.perf.prefill_tokens + recorder.perf.generate_tokens);
    LLMHandle own = open_model("embd: 16\nvocab: 2000\nwhen: my name is {name}\n"
                               "say: Hello, {name}.\nwhen: dream\ngenerate: 10\nwhen: *\n"
                               "say: {prompt}\n");
    char expected[256];
    snprintf(expected, sizeof expected, "%s", answer(own, "dream"));
    CHECK_TEXT(answer(handle, "dream"), expected); /* the rows are the model's, so the text is the same */
    seen.shift = 0.5f;
    CHECK(strcmp(answer(handle, "dream"), expected) != 0);
    CHECK_TEXT(answer(handle, "My name is Ada"), "Hello, Ada."); /* read by their ids nevertheless */
    int size = cache_size(handle);
    CHECK_TEXT(answer(handle, "My name is Ada"), "Hello, Ada.");
    CHECK_INT(recorder.perf.prefill_tokens, 1);
    CHECK_INT(cache_size(handle), size);
    CHECK_TEXT(reported(), "");
    close_model(own);
    end(handle);
}

static void failures_fail_the_run(void) {
    LLMHandle handle = begin();
    seen.result = -5;
    CHECK_INT(ask(handle, "x"), -1);
    CHECK_INT((long)recorder.error, 1);
    CHECK_INT((long)recorder.normal, 0);
    CHECK_HAS(logged(), "E rkllm: the tokenizer callback failed with -5\n");
    CHECK_TEXT(reported(), "");
    seen.result = 513;
    CHECK_INT(ask(handle, "x"), -1);
    CHECK_HAS(reported(), "the tokenizer callback returned 513, but the capacity is 512 tokens");
    seen.result = 0;
    seen.bad = 2000;
    CHECK_INT(ask(handle, "x"), -1);
    CHECK_HAS(logged(), "the tokenizer callback gave the id 2000, but the vocabulary has 2000 ids");
    seen.bad = 0;
    for (int fail = 1; fail < 3; fail++) { /* of the prompt, of the first token */
        seen.lookups = 0;
        seen.fail_lookup = fail;
        CHECK_INT(ask(handle, "dream"), -1);
        CHECK_INT((long)recorder.error, 1);
        CHECK_HAS(logged(), "E rkllm: the embedding callback failed with 3\n");
    }
    seen.fail_lookup = 0;
    CHECK_TEXT(answer(handle, "My name is Ada"), "Hello, Ada.");
    end(handle);
}

static int embed_calls_back(void *userdata, int32_t *tokens, uint64_t count, void *rows,
                            uint64_t length) {
    int size;
    CHECK_INT(rkllm_get_kv_cache_size(seen.handle, &size), -1);
    return embed(userdata, tokens, count, rows, length);
}

static void calls_from_within(void) {
    memset(&seen, 0, sizeof seen);
    LLMHandle handle = open_with("embedding: none\nembd: 16\nwhen: *\nsay: a\n", NULL,
                                 embed_calls_back);
    seen.handle = handle;
    CHECK_TEXT(answer(handle, "x"), "a");
    CHECK_HAS(reported(), "rkllm_get_kv_cache_size was called while rkllm_run is in progress");
    close_model(handle);
}

static void callbacks_must_fit_the_model(void) {
    CHECK(open_with("tokenizer: none\n", NULL, embed) == NULL);
    CHECK_HAS(logged(), "E rkllm: the model has no tokenizer of its own, and no callback was provided for it");
    CHECK(open_with("embedding: none\n", tokenize, NULL) == NULL);
    CHECK_HAS(logged(), "E rkllm: the model has no embedding of its own, and no callback was provided for it");
    LLMHandle handle = open_with("", tokenize, embed);
    CHECK_HAS(logged(), "W rkllm: the model has its own tokenizer, so the callback is not used");
    seen.calls = 0;
    CHECK_TEXT(answer(handle, "x"), "You said: x");
    CHECK_INT(seen.calls, 0);
    close_model(handle);
}

TESTS(processor, {"callbacks do the work", callbacks_do_the_work, false},
      {"failures fail the run", failures_fail_the_run, false},
      {"calls from within", calls_from_within, false},
      {"callbacks must fit the model", callbacks_must_fit_the_model, false})

#else

static void older_releases_take_no_callbacks(void) {
    LLMHandle handle = NULL;
    RKLLMParam param = params_for(model_file("tokenizer: none\n"));
    CHECK_INT(init(&handle, &param), -1);
    CHECK_HAS(logged(), "E rkllm: the model has no tokenizer of its own, and release 1.2.3 has no callback for "
                        "one\n");
    param = params_for(model_file("embedding: none\n"));
    CHECK_INT(init(&handle, &param), -1);
}

TESTS(processor, {"older releases take no callbacks", older_releases_take_no_callbacks, false})

#endif
