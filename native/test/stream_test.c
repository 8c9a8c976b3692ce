/* Tokens, split characters, limits, and the lifetime of callback data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "harness.h"
#include "release.h"

static void state_is(size_t index, LLMCallState state, const char *text) {
    const Event *event = &recorder.events[index];
    CHECK_INT(event->state, state);
    if (text == NULL) {
        CHECK(event->null_text);
    } else {
        CHECK(!event->null_text);
        CHECK_TEXT(event->text, text);
    }
}

static void split_characters_are_held(void) {
    LLMHandle handle = open_model("when: *\nsay: a😀b\n");
    CHECK_TEXT(answer(handle, "x"), "a😀b");
    state_is(0, RKLLM_RUN_NORMAL, "a");
    state_is(1, RKLLM_RUN_WAITING, "");
    state_is(3, RKLLM_RUN_WAITING, "");
    state_is(4, RKLLM_RUN_NORMAL, "😀");
    state_is(5, RKLLM_RUN_NORMAL, "b");
    close_model(handle);
}

static void split_characters_may_wait(void) {
    LLMHandle handle = open_model("split: partial\nwhen: *\nsay: a😀\n");
    CHECK_TEXT(answer(handle, "x"), "a😀");
    state_is(0, RKLLM_RUN_NORMAL, "a");
    state_is(1, RKLLM_RUN_WAITING, "\xF0");
    state_is(2, RKLLM_RUN_WAITING, "\x9F");
    state_is(3, RKLLM_RUN_WAITING, "\x98");
    state_is(4, RKLLM_RUN_NORMAL, "\x80");
    state_is(5, RKLLM_RUN_NORMAL, ""); /* the end of the sequence */
    state_is(6, RKLLM_RUN_FINISH, NULL);
    CHECK_INT(recorder.perf.generate_tokens, 5);
    close_model(handle);
}

static void split_characters_may_be_held(void) {
    LLMHandle handle = open_model("when: null\nsay: 😀\nsplit: hold-null\n"
                                  "when: empty\nsay: 😀\nsplit: hold-empty\n"
                                  "when: normal\nsay: 😀\nsplit: normal\n"
                                  "when: torn\nsay: \\xF0\\x9F\nsplit: hold-null\n");
    CHECK_TEXT(answer(handle, "null"), "😀");
    state_is(0, RKLLM_RUN_WAITING, NULL);
    state_is(3, RKLLM_RUN_NORMAL, "😀");
    CHECK_TEXT(answer(handle, "empty"), "😀");
    state_is(0, RKLLM_RUN_WAITING, "");
    state_is(3, RKLLM_RUN_NORMAL, "😀");
    CHECK_TEXT(answer(handle, "normal"), "😀");
    state_is(0, RKLLM_RUN_NORMAL, "\xF0");
    CHECK_INT((long)recorder.waiting, 0);
    CHECK_TEXT(answer(handle, "torn"), "\xF0\x9F"); /* nothing is lost at the end */
    state_is(1, RKLLM_RUN_NORMAL, "\xF0\x9F");
    close_model(handle);
}

static void broken_bytes_are_sent(void) {
    LLMHandle handle = open_model("when: *\nsay: a\\xFFb\\xE4\\xB8c\\xC0\n");
    CHECK_TEXT(answer(handle, "x"), "a\xFF" "b\xE4\xB8" "c\xC0");
    close_model(handle);
}

static void replies_are_cut_as_told(void) {
    LLMHandle handle = open_model("when: bytes\nsay: abc\ncut: bytes\n"
                                  "when: two\nsay: abcde\ncut: bytes 2\n"
                                  "when: chars\nsay: a中😀\ncut: chars\n"
                                  "when: words\nsay: one two three\ncut: words\n"
                                  "when: bars\nsay: ab|c\\||\\xE4\\xB8|\\xAD\ncut: bars\n"
                                  "when: partial\nsay: \\xE4\\xB8|\\xAD\ncut: bars\n"
                                  "split: partial\n"
                                  "when: plain\nsay: a|b\n");
    CHECK_TEXT(answer(handle, "bytes"), "abc");
    CHECK_INT(said(), 3);
    CHECK_TEXT(answer(handle, "two"), "abcde");
    CHECK_INT(said(), 3);
    state_is(2, RKLLM_RUN_NORMAL, "e");
    CHECK_TEXT(answer(handle, "chars"), "a中😀");
    state_is(2, RKLLM_RUN_NORMAL, "😀");
    CHECK_TEXT(answer(handle, "words"), "one two three");
    state_is(1, RKLLM_RUN_NORMAL, " two");
    CHECK_TEXT(answer(handle, "bars"), "abc|中");
    state_is(1, RKLLM_RUN_NORMAL, "c|");
    state_is(2, RKLLM_RUN_WAITING, "");
    state_is(3, RKLLM_RUN_NORMAL, "中");
    CHECK_TEXT(answer(handle, "partial"), "中");
    state_is(0, RKLLM_RUN_WAITING, "\xE4\xB8");
    state_is(1, RKLLM_RUN_NORMAL, "\xAD");
    CHECK_TEXT(answer(handle, "plain"), "a|b");
    close_model(handle);
}

/* Tokens for texts that do not recur are removed, except for those in the cache. */
static void created_tokens_do_not_accumulate(void) {
    LLMHandle handle = open_model("cut: words\nwhen: *\nsay: {prompt}\n");
    char prompt[64];
    long before = 0;
    for (int i = 0; i < 3000; i++) {
        snprintf(prompt, sizeof prompt, "x%dqqqqqqqqqqqqqqqq y%dqqqqqqqqqqqqqqqq", i, i);
        CHECK_TEXT(answer(handle, prompt), prompt);
        CHECK_INT(said(), 2);
        before = i == 500 ? sim_live_allocations() : before;
    }
    CHECK(sim_live_allocations() - before < 500);
    close_model(handle);
    handle = open_model("cut: words\nwhen: first\nsay: {first}\nelse: ?\n"
                        "when: keep {first:word} *\nsay: {prompt}\n");
    answer_in_chat(handle, "keep oneqqqqqq twoqqqqqq");
    for (int i = 0; i < 20; i++) {
        snprintf(prompt, sizeof prompt, "keep x%dqqqqqqqqqqqqqqqq y%dqqqqqqqqqqqqqqqq", i, i);
        CHECK_TEXT(answer_in_chat(handle, prompt), prompt);
    }
    CHECK_TEXT(answer_in_chat(handle, "first"), "x19qqqqqqqqqqqqqqqq");
    close_model(handle);
}

static void repeat_gives_exactly_that_many_tokens(void) {
    LLMHandle handle = open_model("numbers: 5000\n"
                                  "when: tick {n:int}\nrepeat: {n} \"tick \"\n"
                                  "when: count {n:int}\nrepeat: {n} \" {i}\"\n"
                                  "when: none\nrepeat: {n} x\nelse: how many?\n");
    const int counts[] = {0, 1, 2, 1000, 3999};
    char prompt[32];
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        snprintf(prompt, sizeof prompt, "tick %d", counts[i]);
        answer(handle, prompt);
        CHECK_INT(said(), counts[i]);
        CHECK_INT((long)recorder.text.length, 5 * counts[i]);
        snprintf(prompt, sizeof prompt, "count %d", counts[i]);
        answer(handle, prompt);
        CHECK_INT(said(), counts[i]);
    }
    CHECK_TEXT(answer(handle, "count 5"), " 1 2 3 4 5");
    CHECK_TEXT(answer(handle, "none"), "how many?");
    close_model(handle);
}

/* Generated text depends only on the cache. */
static void generated_text_is_deterministic(void) {
    const char lines[] = "when: *\ngenerate: 50\n";
    LLMHandle first = open_model(lines);
    LLMHandle second = open_model(lines);
    Bytes text = {0};
    bytes_append_text(&text, answer(first, "a"));
    CHECK_INT(said(), 50);
    CHECK(strcmp(answer(first, "b"), bytes_text(&text)) != 0);
    CHECK_TEXT(answer(first, "a"), bytes_text(&text));
    CHECK_TEXT(answer(second, "a"), bytes_text(&text));
    bytes_free(&text);
    close_model(first);
    close_model(second);
}

/* Opens a model with these lines and a limit on the number of generated tokens. */
static LLMHandle open_limited(const char *lines, int32_t max_new_tokens) {
    RKLLMParam param = params_for(model_file(lines));
    param.max_new_tokens = max_new_tokens;
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    return handle;
}

static void new_tokens_are_limited(void) {
    LLMHandle handle = open_limited("when: *\nrepeat: 100 \"x \"\n", 7);
    CHECK_INT(ask(handle, "x"), 0);
    CHECK_INT((long)recorder.normal, 7);
    CHECK_INT((long)recorder.finish, 1);
    close_model(handle);
}

static void end_of_sequence_is_a_token(void) {
    LLMHandle handle = open_model("when: empty\nsay:\nwhen: *\nsay: a b\n");
    CHECK_TEXT(answer(handle, "x"), "a b");
    CHECK_INT((long)recorder.count, 4);
    state_is(2, RKLLM_RUN_NORMAL, "");
    CHECK_INT(recorder.events[2].token_id, END_OF_SEQUENCE);
    CHECK_INT(recorder.perf.generate_tokens, 2); /* of three, the first is not counted */
    CHECK_TEXT(answer(handle, "empty"), "");
    CHECK_INT((long)recorder.normal, 1);
    CHECK_INT(recorder.perf.generate_tokens, 0);
    close_model(handle);
}

/* A limit ends a run before the end of the sequence, which would be an additional token. */
static void limit_leaves_no_room_for_the_end_of_sequence(void) {
    for (int32_t limit = 1; limit <= 3; limit++) {
        LLMHandle handle = open_limited("when: *\nsay: a b\n", limit);
        CHECK_TEXT(answer(handle, "x"), limit == 1 ? "a" : "a b");
        CHECK_INT((long)recorder.normal, limit);
        CHECK_INT((long)recorder.stop, limit == 3);
        CHECK_INT(recorder.perf.generate_tokens, limit - 1);
        close_model(handle);
    }
}

static void end_of_sequence_may_be_hidden(void) {
    static const char *const lines[] = {"stop-token: hidden\nwhen: *\nsay: a b\n",
                                        "count-first-token: yes\nwhen: *\nsay: a b\n",
                                        "stop-token: hidden\ncount-first-token: yes\n"
                                        "when: *\nsay: a b\n"};
    static const int normal[] = {2, 3, 2};
    static const int counted[] = {1, 3, 2};
    for (size_t i = 0; i < 3; i++) {
        LLMHandle handle = open_model(lines[i]);
        CHECK_TEXT(answer(handle, "x"), "a b");
        CHECK_INT((long)recorder.normal, normal[i]);
        CHECK_INT(recorder.perf.generate_tokens, counted[i]);
        close_model(handle);
    }
}

/* A limit may cut a character of four tokens after any of them. */
static void half_a_character_is_dropped(void) {
    for (int32_t limit = 2; limit <= 4; limit++) {
        LLMHandle handle = open_limited("when: null\nsplit: hold-null\nsay: a😀\n"
                                        "when: *\nsay: a😀\n", limit);
        CHECK_TEXT(answer(handle, "x"), "a");
        CHECK_INT((long)recorder.normal, 1);
        CHECK_INT((long)recorder.waiting, limit - 1);
        CHECK_TEXT(answer(handle, "null"), "a");
        CHECK_INT((long)recorder.normal, 1);
        CHECK_TEXT(answer(handle, "x"), "a"); /* nothing of the last answer is sent with the next one */
        close_model(handle);
    }
}

static void half_a_character_may_be_sent(void) {
    LLMHandle handle = open_limited("half-character: sent\nwhen: *\nsay: a😀\n", 3);
    CHECK_TEXT(answer(handle, "x"), "a\xF0\x9F");
    state_is(1, RKLLM_RUN_WAITING, "");
    state_is(2, RKLLM_RUN_NORMAL, "\xF0\x9F");
    close_model(handle);
    handle = open_limited("split: normal\nwhen: *\nsay: a😀\n", 3);
    CHECK_TEXT(answer(handle, "x"), "a\xF0\x9F");
    CHECK_INT((long)recorder.normal, 3);
    close_model(handle);
}

static int collect_ids(Recorder *to, LLMCallState state) {
    if (state == RKLLM_RUN_NORMAL) {
        tokens_append(to->extra, to->last_result->token_id);
    }
    return 0;
}

/* A long generated text continues in the same way, however much of it already exists. */
static void long_text_goes_on_where_it_was(void) {
    LLMHandle handle = open_model("when: *\ngenerate: 2500\n");
    Tokens sent = tokens_of(temp_path("model.rkllm"),
                            "<|im_start|>user\nx<|im_end|>\n<|im_start|>assistant\n");
    Tokens all = {0};
    Tokens rest = {0};
    recorder.hook = collect_ids;
    recorder.extra = &all;
    CHECK_INT(ask(handle, "x"), 0);
    CHECK_INT(said(), 2500);
    for (size_t i = 0; i < 2000; i++) {
        tokens_append(&sent, all.ids[i]);
    }
    RKLLMInput input = token_input(&sent);
    recorder.extra = &rest;
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_INT((long)rest.count, 501);
    CHECK(memcmp(rest.ids, all.ids + 2000, rest.count * sizeof *rest.ids) == 0);
    tokens_free(&sent);
    tokens_free(&all);
    tokens_free(&rest);
    close_model(handle);
}

static void context_ends_a_run(void) {
    RKLLMParam param = params_for(model_file("shift: no\nwhen: *\nrepeat: 100000 \"x \"\n"));
    param.max_context_len = 128;
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    CHECK_INT(ask(handle, "x"), 0);
    CHECK_INT(cache_size(handle), 128);
    CHECK_INT((long)recorder.finish, 1);
    close_model(handle);
}

/* Sends a prompt that is too long to a model with these lines. Returns the number of callbacks. */
static size_t overflow(const char *lines) {
    RKLLMParam param = params_for(model_file(lines));
    param.max_context_len = 1024;
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    Bytes prompt = {0};
    for (int i = 0; i < 2000; i++) {
        bytes_append_text(&prompt, "~");
    }
    CHECK_INT(ask(handle, prompt.data), -1);
    CHECK_HAS(logged(), "E rkllm: prompt gather than max context (prompt: 20");
    CHECK_HAS(logged(), " tokens, max context: 1020)\n");
    size_t callbacks = recorder.count;
    CHECK_INT((long)recorder.error, (long)callbacks);
    CHECK_TEXT(answer(handle, "x"), "You said: x");
    bytes_free(&prompt);
    close_model(handle);
    return callbacks;
}

static void long_prompt_overflows(void) {
    CHECK_INT((long)overflow("overflow: error\n"), 1);
    CHECK_INT((long)overflow("overflow: code\n"), 0);
    CHECK_INT((long)overflow(""), RELEASE_SILENT_OVERFLOW ? 0 : 1); /* depends on the release */
}

/* Hundreds of kilobytes must not take quadratic time, with which the test would not end. */
static void huge_prompt_is_quick(void) {
    LLMHandle handle = NULL;
    RKLLMParam param = params_for(demo_model);
    param.max_context_len = 16384;
    CHECK_INT(init(&handle, &param), 0);
    Bytes prompt = {0};
    for (int i = 0; i < 200000; i++) {
        bytes_append_text(&prompt, "my name ");
    }
    CHECK_INT(ask(handle, prompt.data), -1);
    bytes_free(&prompt);
    close_model(handle);
}

static void finish_has_no_text(void) {
    LLMHandle handle = open_model("when: *\nsay: a\n");
    answer(handle, "x");
    state_is(2, RKLLM_RUN_FINISH, NULL);
    close_model(handle);
    handle = open_model("finish-text: empty\nwhen: *\nsay: a\n");
    answer(handle, "x");
    state_is(2, RKLLM_RUN_FINISH, "");
    close_model(handle);
}

static void figures_come_with_finish_only(void) {
    LLMHandle handle = open_model("memory-mb: 512.5\nprefill-ms: 20\nwhen: *\nsay: a b\n");
    answer(handle, "x");
    CHECK_INT(recorder.events[0].perf.generate_tokens, 0);
    CHECK(recorder.events[0].perf.prefill_time_ms == 0);
    CHECK(recorder.perf.prefill_time_ms >= 20);
    CHECK(recorder.perf.generate_time_ms >= 0);
    CHECK_INT(recorder.perf.generate_tokens, 2);
    CHECK(recorder.perf.prefill_tokens > 0);
    CHECK(recorder.perf.memory_usage_mb == 512.5f);
    close_model(handle);
}

static void late_reads_see_poison(void) {
    LLMHandle handle = open_model("when: *\nsay: hello\n");
    answer(handle, "x");
    const unsigned char *result = (const unsigned char *)recorder.last_result;
    for (size_t i = 0; i < sizeof(RKLLMResult); i++) {
        CHECK_INT(result[i], 0xDB);
    }
    close_model(handle);
}

static int keep_text(Recorder *to, LLMCallState state) {
    if (state == RKLLM_RUN_NORMAL && to->stop == 0) {
        to->extra = (void *)(uintptr_t)to->last_text;
    }
    return 0;
}

static void late_texts_are_poison(void) {
    LLMHandle handle = open_model("when: *\nsay: hello\n");
    recorder.hook = keep_text;
    answer(handle, "x");
    const unsigned char *text = recorder.extra;
    CHECK_INT(text[0], 0xDB);
    CHECK_INT(text[4], 0xDB);
    close_model(handle);
}

static void late_texts_may_be_unmapped(void) {
    LLMHandle handle = open_model("buffers: unmap\nwhen: *\nsay: hello\n");
    recorder.hook = keep_text;
    CHECK_TEXT(answer(handle, "x"), "hello");
    int pipes[2];
    CHECK_INT(pipe(pipes), 0);
    CHECK(write(pipes[1], recorder.extra, 1) < 0); /* EFAULT: the page is unmapped */
    close(pipes[0]);
    close(pipes[1]);
    close_model(handle);
}

enum { TIMED = 8 };
static int64_t seen[TIMED];

/* Records the time of the callback. */
static int note_time(Recorder *to, LLMCallState state) {
    if (state == RKLLM_RUN_NORMAL || state == RKLLM_RUN_WAITING) {
        seen[(to->normal + to->waiting - 1) % TIMED] = clock_now_ns();
    }
    return 0;
}

/* Reads all lines; each callback must be between its two times. */
static void times_enclose(const char *path, size_t tokens) {
    const char *text = read_text(path);
    long long before = 0;
    long long after = 0;
    long long last = 0;
    int length = 0;
    size_t lines = 0;
    while (sscanf(text, "%lld %lld\n%n", &before, &after, &length) == 2) {
        CHECK(last <= before && before <= seen[lines % TIMED] && seen[lines % TIMED] <= after);
        last = after;
        lines++;
        text += length;
    }
    CHECK_INT((long)lines, (long)tokens);
}

static void times_of_tokens_are_written(void) {
    const char *path = temp_path("times");
    char lines[256];
    snprintf(lines, sizeof lines, "times: %s\nwhen: *\nsay: a😀b\n", path);
    LLMHandle handle = open_model(lines);
    recorder.hook = note_time;
    answer(handle, "x"); /* the split character has four tokens, of which three are WAITING */
    times_enclose(path, 7); /* including the end of the sequence */
    close_model(handle);
}

static void times_of_each_run_are_appended(void) {
    const char *path = temp_path("times-of-runs");
    char lines[256];
    snprintf(lines, sizeof lines, "times: %s\nbuffers: unmap\nwhen: *\nsay: a\n", path);
    LLMHandle handle = open_model(lines);
    recorder.hook = note_time;
    answer(handle, "x");
    times_enclose(path, 2);
    int64_t first[] = {seen[0], seen[1]};
    answer(handle, "x");
    memcpy(seen + 2, seen, sizeof first);
    memcpy(seen, first, sizeof first);
    times_enclose(path, 4);
    close_model(handle);
}

static void times_that_cannot_be_written_are_reported(void) {
    LLMHandle handle = open_model("times: /nonexistent/times\nwhen: *\nsay: a\n");
    CHECK_TEXT(answer(handle, "x"), "a");
    CHECK_HAS(reported(), "cannot write the times /nonexistent/times");
    close_model(handle);
}

static void special_tokens_are_shown_on_demand(void) {
    RKLLMParam param = params_for(model_file("when: *\nsay: a\n"));
    param.skip_special_token = false;
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    CHECK_TEXT(answer(handle, "x"), "a<|im_end|>");
    close_model(handle);
}

static void end_of_turn_in_a_reply_ends_it(void) {
    LLMHandle handle = open_model("when: *\nsay: a<\\|im_end\\|>b\n");
    CHECK_TEXT(answer(handle, "x"), "a");
    close_model(handle);
#if RKLLM_ABI >= 13
    RKLLMParam param = params_for(model_file("when: *\nsay: a\n"));
    param.ignore_eos_token = true;
    param.max_new_tokens = 20;
    CHECK_INT(init(&handle, &param), 0);
    CHECK_INT(ask(handle, "x"), 0);
    CHECK_INT((long)recorder.normal, 20);
    close_model(handle);
#endif
}

static void log_level_adds_figures(void) {
    setenv("RKLLM_LOG_LEVEL", "2", 1);
    LLMHandle handle = open_model("when: *\nsay: a\n");
    unsetenv("RKLLM_LOG_LEVEL");
    answer(handle, "secret words");
    CHECK_HAS(logged(), "I rkllm: prompt: secret words\n");
    CHECK_HAS(logged(), "I rkllm: kv cache: ");
    CHECK_HAS(logged(), "Tokens per second");
    close_model(handle);
}

TESTS(stream, {"split characters are held", split_characters_are_held, false},
      {"split characters may wait", split_characters_may_wait, false},
      {"split characters may be held", split_characters_may_be_held, false},
      {"broken bytes are sent", broken_bytes_are_sent, false},
      {"replies are cut as told", replies_are_cut_as_told, false},
      {"created tokens do not accumulate", created_tokens_do_not_accumulate, false},
      {"repeat gives exactly that many tokens", repeat_gives_exactly_that_many_tokens, false},
      {"generated text is deterministic", generated_text_is_deterministic, false},
      {"new tokens are limited", new_tokens_are_limited, false},
      {"end of sequence is a token", end_of_sequence_is_a_token, false},
      {"limit leaves no room for the end of sequence",
       limit_leaves_no_room_for_the_end_of_sequence, false},
      {"end of sequence may be hidden", end_of_sequence_may_be_hidden, false},
      {"half a character is dropped", half_a_character_is_dropped, false},
      {"half a character may be sent", half_a_character_may_be_sent, false},
      {"long text goes on where it was", long_text_goes_on_where_it_was, false},
      {"context ends a run", context_ends_a_run, false},
      {"long prompt overflows", long_prompt_overflows, false},
      {"huge prompt is quick", huge_prompt_is_quick, false},
      {"finish has no text", finish_has_no_text, false},
      {"figures come with finish only", figures_come_with_finish_only, false},
      {"late reads see poison", late_reads_see_poison, false},
      {"late texts are poison", late_texts_are_poison, false},
      {"late texts may be unmapped", late_texts_may_be_unmapped, false},
      {"times of tokens are written", times_of_tokens_are_written, false},
      {"times of each run are appended", times_of_each_run_are_appended, false},
      {"times that cannot be written are reported", times_that_cannot_be_written_are_reported,
       false},
      {"special tokens are shown on demand", special_tokens_are_shown_on_demand, false},
      {"end of turn in a reply ends it", end_of_turn_in_a_reply_ends_it, false},
      {"log level adds figures", log_level_adds_figures, false})
