/* Runs that are paused by a callback, the calls allowed during a pause, and resumption. */
#include <string.h>

#include "harness.h"
#include "release.h"

static int pause_at_third(Recorder *to, LLMCallState state) {
    return state != RKLLM_RUN_FINISH && to->normal + to->waiting == 3 ? 1 : 0;
}

static int pause_each(Recorder *to, LLMCallState state) {
    (void)to;
    return state != RKLLM_RUN_FINISH;
}

static const char lines[] = "when: count\nsay: one two three four five six\n"
                            "resume: Where was I?\n"
                            "when: dream\ngenerate: 20\n"
                            "when: emoji\nsay: a😀😀b\n"
                            "when: *\nsay: one two three four five six\n";

static LLMHandle pause_model(const char *text) {
    LLMHandle handle = open_model(text);
    recorder.handle = handle;
    recorder.hook = pause_at_third;
    return handle;
}

/* Asks and pauses; text receives the text so far. */
static void ask_and_pause(LLMHandle handle, const char *prompt, Bytes *text) {
    recorder.hook = pause_at_third;
    CHECK_INT(ask(handle, prompt), 0);
    CHECK_INT((long)recorder.finish, 0);
    CHECK_INT((long)(recorder.normal + recorder.waiting), 3);
    bytes_clear(text);
    bytes_append_text(text, bytes_text(&recorder.text));
    recorder.hook = NULL;
}

static void goes_on_where_it_stood(void) {
    static const char *const prompts[] = {"count", "dream", "emoji"};
    LLMHandle handle = open_model(lines);
    Bytes whole = {0};
    Bytes text = {0};
    for (size_t i = 0; i < 3; i++) {
        bytes_clear(&whole);
        bytes_append_text(&whole, answer(handle, prompts[i]));
        int size = cache_size(handle);
        long tokens = (long)recorder.normal;
        ask_and_pause(handle, prompts[i], &text);
        CHECK_INT(ask(handle, ""), 0);
        bytes_append_text(&text, bytes_text(&recorder.text));
        CHECK_TEXT(bytes_text(&text), bytes_text(&whole));
        CHECK_INT((long)recorder.finish, 1);
        CHECK_INT(recorder.perf.prefill_tokens, 0);
        CHECK(i == 2 || (long)recorder.normal == tokens - 3);
        CHECK_INT(cache_size(handle), size);
    }
    bytes_free(&whole);
    bytes_free(&text);
    close_model(handle);
}

static void may_be_paused_after_each_token(void) {
    LLMHandle handle = open_model(lines);
    Bytes text = {0};
    recorder.hook = pause_each;
    int runs = 0;
    do {
        CHECK_INT(ask(handle, runs == 0 ? "emoji" : ""), 0);
        bytes_append_text(&text, bytes_text(&recorder.text));
    } while (recorder.finish == 0 && ++runs < 50);
    CHECK_TEXT(bytes_text(&text), "a😀😀b");
    recorder.hook = NULL;
    CHECK_TEXT(answer(handle, "count"), "one two three four five six");
    bytes_free(&text);
    close_model(handle);
}

/* Also without a template, where nothing else separates the question from the answer. */
static void continues_without_a_template(void) {
    LLMHandle handle = open_model("template: none\nwhen: *\nsay: one two three four {tokens}\n");
    Bytes whole = {0};
    Bytes text = {0};
    bytes_append_text(&whole, answer(handle, "count"));
    ask_and_pause(handle, "count", &text);
    CHECK_INT(ask(handle, ""), 0);
    bytes_append_text(&text, bytes_text(&recorder.text));
    CHECK_TEXT(bytes_text(&text), bytes_text(&whole));
    ask_and_pause(handle, "count", &text);
    CHECK_INT(ask(handle, " four"), 0); /* what would have followed anyway */
    bytes_append_text(&text, " four");
    bytes_append_text(&text, bytes_text(&recorder.text));
    CHECK_TEXT(bytes_text(&text), bytes_text(&whole));
    bytes_free(&whole);
    bytes_free(&text);
    close_model(handle);
}

static void appended_text_is_taken_as_it_is(void) {
    LLMHandle handle = open_model(lines);
    Bytes text = {0};
    ask_and_pause(handle, "count", &text);
    int size = cache_size(handle);
    CHECK_INT(ask(handle, " four five"), 0);
    CHECK_TEXT(bytes_text(&recorder.text), " six");
    CHECK_INT(recorder.perf.prefill_tokens, 2); /* without a template */
    CHECK_INT(cache_size(handle), size + 3);
    ask_and_pause(handle, "count", &text);
    CHECK_INT(ask(handle, " hello"), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "Where was I?"); /* the rule has a text for this case */
    ask_and_pause(handle, "something", &text);
    CHECK_INT(ask(handle, " hello"), 0);
    CHECK_INT(said(), 16); /* this one has none */
    ask_and_pause(handle, "count", &text);
    Tokens tokens = tokens_of(temp_path("model.rkllm"), " four");
    RKLLMInput input = token_input(&tokens);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), " five six");
    ask_and_pause(handle, "count", &text);
    input.token_input.n_tokens = 0;
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), " four five six");
    tokens_free(&tokens);
    bytes_free(&text);
    close_model(handle);
}

static void ranges_may_be_cleared(void) {
    LLMHandle handle = open_model(lines);
    Bytes text = {0};
    ask_and_pause(handle, "count", &text);
    int size = cache_size(handle);
    int start = size - 1;
    int end = size;
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, &start, &end), 0);
    CHECK_INT(cache_size(handle), size - 1);
    CHECK_INT(ask(handle, ""), 0);
    CHECK_TEXT(bytes_text(&recorder.text), " three four five six");
    CHECK_INT((long)recorder.finish, 1);
    CHECK_TEXT(reported(), "");

    ask_and_pause(handle, "count", &text);
    const int bad[][2] = {{-1, 2}, {3, 2}, {0, size + 1}, {size + 1, size + 2}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        start = bad[i][0];
        end = bad[i][1];
        CHECK_INT(rkllm_clear_kv_cache(handle, 0, &start, &end), -1);
        CHECK_INT(cache_size(handle), size);
    }
    CHECK_HAS(logged(), "E rkllm: kv cache range [3, 2) of batch 0 is not within its ");
    CHECK_TEXT(reported(), "");
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, &start, NULL), -1);
    CHECK_HAS(reported(), "only one end of its ranges");
    start = 0;
    end = size;
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, &start, &end), 0); /* everything */
    CHECK_INT(cache_size(handle), 0);
    CHECK_INT(ask(handle, "hello"), 0); /* which still continues from there */
    CHECK_INT(recorder.perf.prefill_tokens, 1);
    close_model(handle);
    bytes_free(&text);
}

static void clearing_everything_ends_it(void) {
    LLMHandle handle = open_model(lines);
    Bytes text = {0};
    ask_and_pause(handle, "count", &text);
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, NULL, NULL), 0);
    CHECK_INT(cache_size(handle), 0);
    int start = 0;
    int end = 0;
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, &start, &end), -1);
    CHECK_HAS(reported(), "a range, but no run is paused");
    CHECK_TEXT(answer(handle, "count"), "one two three four five six");
    bytes_free(&text);
    close_model(handle);
}

static void history_forbids_it(void) {
    LLMHandle handle = pause_model(lines);
    CHECK_TEXT(answer_in_chat(handle, "count"), "one two three four five six");
    CHECK_HAS(reported(), "paused a run with keep_history 1");
    CHECK_INT((long)recorder.finish, 1);
    close_model(handle);
}

static void wrong_calls_meanwhile(void) {
    LLMHandle handle = open_model(lines);
    Bytes text = {0};
    ask_and_pause(handle, "count", &text);
    CHECK_INT(rkllm_set_chat_template(handle, "", "", ""), -1);
    CHECK_HAS(reported(), "rkllm_set_chat_template was called while a run is paused");
    CHECK_INT(rkllm_set_function_tools(handle, "", "[]", ""), -1);
    CHECK_HAS(reported(), "rkllm_set_function_tools was called while a run is paused");
    CHECK_INT(ask_with(handle, "", "user", false, 1), -1);
    CHECK_HAS(reported(), "a paused run must be resumed with keep_history 0 and mode 0, not 1 and 0");
    RKLLMInput input = prompt_input("");
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LOGITS, 0), -1);
    Bytes huge = {0};
    for (int i = 0; i < 5000; i++) {
        bytes_append_text(&huge, "~");
    }
    CHECK_INT(ask(handle, huge.data), -1); /* too long: nothing is lost */
    CHECK_INT((long)recorder.error, RELEASE_SILENT_OVERFLOW ? 0 : 1);
    CHECK_INT(rkllm_abort(handle), 0);
    CHECK_INT(ask(handle, ""), 0);
    CHECK_TEXT(bytes_text(&recorder.text), " four five six");
    CHECK_INT((long)recorder.finish, 1);
    ask_and_pause(handle, "count", &text);
    bytes_free(&huge);
    bytes_free(&text);
    close_model(handle); /* also while paused */
}

static int pause_output(Recorder *to, LLMCallState state) {
    (void)to;
    (void)state;
    return 1;
}

static void outputs_are_not_paused(void) {
    LLMHandle handle = open_model(lines);
    recorder.hook = pause_output;
    output_of(handle, "x", RKLLM_INFER_GET_LOGITS);
    CHECK_HAS(reported(), "paused a run that generates nothing");
    CHECK_INT(ask(handle, "count"), 0);
    recorder.hook = NULL;
    CHECK_INT(ask(handle, ""), 0);
    CHECK_TEXT(bytes_text(&recorder.text), " two three four five six");
    close_model(handle);
}

TESTS(pause, {"goes on where it stood", goes_on_where_it_stood, false},
      {"may be paused after each token", may_be_paused_after_each_token, false},
      {"continues without a template", continues_without_a_template, false},
      {"appended text is taken as it is", appended_text_is_taken_as_it_is, false},
      {"ranges may be cleared", ranges_may_be_cleared, false},
      {"clearing everything ends it", clearing_everything_ends_it, false},
      {"history forbids it", history_forbids_it, false},
      {"wrong calls meanwhile", wrong_calls_meanwhile, false},
      {"outputs are not paused", outputs_are_not_paused, false})
