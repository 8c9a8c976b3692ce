/* Threads: abort, asynchronous runs, is_running, several handles. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "harness.h"

#if RKLLM_ABI == 12
enum { RUNNING = 0, IDLE = 1 };
#else
enum { RUNNING = 1, IDLE = 0 };
#endif

/*
 * Takes four seconds with few tokens: tokens are planned during the prefill, which cannot be
 * aborted, and with a sanitizer on a busy machine thousands of tokens would take longer than
 * destroy waits.
 */
static const char endless[] = "decode-ms: 10\nwhen: *\ngenerate: 400\n"
                              "when: quick\nsay: quick\n";

static int start_async(LLMHandle handle, const char *prompt) {
    RKLLMInput input = {.input_type = RKLLM_INPUT_PROMPT, .prompt_input = prompt};
    RKLLMInferParam params = {0};
    recorder_clear(&recorder);
    return rkllm_run_async(handle, &input, &params, &recorder);
}

static void callbacks_come_on_the_callers_thread(void) {
    LLMHandle handle = open_model("when: *\nsay: a\n");
    answer(handle, "x");
    CHECK(pthread_equal(recorder.events[0].thread, pthread_self()));
    close_model(handle);
}

static void async_callbacks_come_on_another_thread(void) {
    LLMHandle handle = open_model("when: *\nsay: one two\n");
    for (int i = 0; i < 20; i++) {
        CHECK_INT(start_async(handle, "x"), 0); /* right after the end of the previous run */
        recorder_wait_end(&recorder);
        CHECK_TEXT(bytes_text(&recorder.text), "one two");
        CHECK(!pthread_equal(recorder.events[0].thread, pthread_self()));
    }
    close_model(handle);
}

static void async_input_may_be_freed(void) {
    LLMHandle handle = open_model("prefill-ms: 20\n");
    char prompt[] = "hello";
    CHECK_INT(start_async(handle, prompt), 0);
    memset(prompt, 'x', sizeof prompt - 1);
    recorder_wait_end(&recorder);
    CHECK_TEXT(bytes_text(&recorder.text), "You said: hello");
    close_model(handle);
}

static void is_async_makes_run_asynchronous(void) {
    RKLLMParam param = params_for(model_file(endless));
    param.is_async = true;
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    CHECK_INT(ask(handle, "x"), 0); /* would take 4 s */
    CHECK_INT(rkllm_is_running(handle), RUNNING);
    recorder_wait(&recorder, 2);
    CHECK_INT(rkllm_abort(handle), 0);
    recorder_wait_end(&recorder);
    CHECK_INT((long)recorder.finish, 1);
    close_model(handle);
}

static void async_overflow_is_an_error_callback(void) {
    RKLLMParam param = params_for(model_file("overflow: error\n"));
    param.max_context_len = 32;
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    CHECK_INT(start_async(handle, "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"), 0);
    recorder_wait_end(&recorder);
    CHECK_INT((long)recorder.error, 1);
    close_model(handle);
}

static void wait_until_idle(LLMHandle handle) {
    while (rkllm_is_running(handle) == RUNNING) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

/* Only is_running then shows the end. */
static void async_overflow_may_be_silent(void) {
    RKLLMParam param = params_for(model_file("overflow: code\n"));
    param.max_context_len = 32;
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    CHECK_INT(start_async(handle, "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"), 0);
    wait_until_idle(handle);
    CHECK_INT((long)recorder.count, 0);
    close_model(handle);
}

static int check_running(Recorder *to, LLMCallState state) {
    (void)state;
    CHECK_INT(rkllm_is_running(to->handle), RUNNING);
    return 0;
}

static void is_running_has_its_releases_polarity(void) {
    LLMHandle handle = open_model("when: *\nsay: a\n");
    CHECK_INT(rkllm_is_running(handle), IDLE);
    recorder.hook = check_running;
    recorder.handle = handle;
    answer(handle, "x");
    CHECK_INT((long)recorder.count, 3);
    CHECK_INT(rkllm_is_running(handle), IDLE);
    close_model(handle);
}

static int abort_at_third(Recorder *to, LLMCallState state) {
    if (state == RKLLM_RUN_NORMAL && to->normal == 3) {
        CHECK_INT(rkllm_abort(to->handle), 0);
    }
    return 0;
}

static void abort_ends_between_tokens(void) {
    LLMHandle handle = open_model("when: *\ngenerate: 100\n");
    recorder.hook = abort_at_third;
    recorder.handle = handle;
    CHECK_INT(ask(handle, "x"), 0);
    CHECK_INT((long)recorder.normal, 3);
    CHECK_INT((long)recorder.finish, 1);
    recorder.hook = NULL;
    CHECK_INT(ask(handle, "x"), 0); /* the flag was reset with its run */
    CHECK_INT(said(), 100);
    close_model(handle);
}

/* An aborted run has no effect on a later one. */
static void rerun_after_abort_is_the_same(void) {
    LLMHandle handle = open_model("when: say\nsay: one two three four five\n"
                                  "when: *\ngenerate: 50\n");
    static const char *const prompts[] = {"say", "dream"};
    Bytes text = {0};
    recorder.handle = handle;
    for (size_t i = 0; i < 2; i++) {
        bytes_clear(&text);
        bytes_append_text(&text, answer(handle, prompts[i]));
        recorder.hook = abort_at_third;
        CHECK_INT(ask(handle, prompts[i]), 0);
        CHECK_INT((long)recorder.normal, 3);
        recorder.hook = NULL;
        CHECK_TEXT(answer(handle, prompts[i]), bytes_text(&text));
    }
    bytes_free(&text);
    close_model(handle);
}

/* The next run computes only what is new in its prompt. */
static void aborted_run_leaves_its_prefix(void) {
    LLMHandle handle = open_model("when: *\nsay: one two three four five\n");
    recorder.handle = handle;
    recorder.hook = abort_at_third;
    CHECK_INT(ask(handle, "a long prompt that is sent again"), 0);
    CHECK(recorder.perf.prefill_tokens > 1);
    recorder.hook = NULL;
    CHECK_TEXT(answer(handle, "a long prompt that is sent again"), "one two three four five");
    CHECK_INT(recorder.perf.prefill_tokens, 1);
    close_model(handle);
}

/*
 * The pessimistic assumption: nothing works until the remains of the aborted run have been cleared.
 */
static void aborted_run_may_spoil_the_cache(void) {
    LLMHandle handle = open_model("abort: spoils\nwhen: *\nsay: one two three four five\n");
    RKLLMInput input = prompt_input("x");
    recorder.handle = handle;
    recorder.hook = abort_at_third;
    CHECK_INT(ask(handle, "x"), 0);
    CHECK_INT((long)recorder.finish, 1);
    recorder.hook = NULL;
    for (int i = 0; i < 2; i++) {
        CHECK_INT(ask(handle, "x"), -1);
        CHECK_INT((long)recorder.error, 1);
        CHECK_INT((long)recorder.count, 1);
    }
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LOGITS, 0), -1);
    CHECK_HAS(logged(), "E rkllm: the kv cache is spoiled by an aborted run and was not cleared\n");
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, NULL, NULL), 0);
    CHECK_TEXT(answer(handle, "x"), "one two three four five");
    recorder.hook = abort_at_third;
    CHECK_INT(ask_with(handle, "x", "user", false, 1), 0);
    recorder.hook = NULL; /* a kept conversation continues */
    CHECK_TEXT(answer_in_chat(handle, "x"), "one two three four five");
    close_model(handle);
}

static int pause_at_third(Recorder *to, LLMCallState state) {
    return state == RKLLM_RUN_NORMAL && strcmp(to->last_text, " three") == 0 ? 1 : 0;
}

static void async_runs_pause_as_well(void) {
    LLMHandle handle = open_model("when: *\nsay: one two three four five\n");
    recorder.hook = pause_at_third; /* a token that the second run does not have */
    for (int i = 0; i < 20; i++) {
        CHECK_INT(start_async(handle, "x"), 0);
        wait_until_idle(handle);
        CHECK_INT((long)recorder.finish, 0);
        int size = cache_size(handle);
        int start = size - 1;
        CHECK_INT(rkllm_clear_kv_cache(handle, 0, &start, &size), 0);
        CHECK_INT(start_async(handle, " three"), 0);
        recorder_wait_end(&recorder);
        CHECK_TEXT(bytes_text(&recorder.text), " four five");
    }
    close_model(handle);
}

static void *abort_when_running(void *argument) {
    LLMHandle handle = argument;
    recorder_wait(&recorder, 3);
    CHECK_INT(rkllm_abort(handle), 0);
    return NULL;
}

static void abort_comes_from_another_thread(void) {
    LLMHandle handle = open_model(endless);
    pthread_t thread;
    recorder_clear(&recorder);
    pthread_create(&thread, NULL, abort_when_running, handle);
    CHECK_INT(ask(handle, "x"), 0);
    pthread_join(thread, NULL);
    CHECK(recorder.normal >= 3 && recorder.normal < 400);
    CHECK_INT((long)recorder.finish, 1);
    close_model(handle);
}

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void abort_waits_for_prefill(void) {
    LLMHandle handle = open_model("prefill-ms: 150\nwhen: *\ngenerate: 100\n");
    double start = now_ms();
    CHECK_INT(start_async(handle, "x"), 0);
    CHECK_INT(rkllm_abort(handle), 0);
    recorder_wait_end(&recorder);
    CHECK(now_ms() - start >= 150);
    CHECK_INT((long)recorder.normal, 0);
    CHECK_INT((long)recorder.finish, 1);
    close_model(handle);
}

static void idle_abort_may_end_the_next_run(void) {
    LLMHandle handle = open_model("idle-abort: stays\nwhen: *\nsay: a b c\n");
    CHECK_INT(rkllm_abort(handle), 0);
    CHECK_INT(ask(handle, "x"), 0);
    CHECK_INT((long)recorder.normal, 0);
    CHECK_INT((long)recorder.finish, 1);
    CHECK_TEXT(answer(handle, "x"), "a b c");
    close_model(handle);
    handle = open_model("when: *\nsay: a b c\n");
    CHECK_INT(rkllm_abort(handle), 0);
    CHECK_TEXT(answer(handle, "x"), "a b c");
    close_model(handle);
}

static int abort_at_finish(Recorder *to, LLMCallState state) {
    if (state == RKLLM_RUN_FINISH) {
        CHECK_INT(rkllm_abort(to->handle), 0);
    }
    return 0;
}

/* An abort applies to a run until it has returned. */
static void late_abort_ends_with_its_run(void) {
    LLMHandle handle = open_model("when: *\nsay: a b c\n");
    recorder.handle = handle;
    recorder.hook = abort_at_finish;
    CHECK_TEXT(answer(handle, "x"), "a b c");
    recorder.hook = NULL;
    CHECK_TEXT(answer(handle, "x"), "a b c");
    close_model(handle);
}

static void aborted_turn_stays_in_the_history(void) {
    LLMHandle handle = open_model("when: my name is {name}\nsay: Hello, {name}, my dear friend.\n"
                                  "when: what is my name\nsay: {name}\n");
    recorder.hook = abort_at_third;
    recorder.handle = handle;
    CHECK_INT(ask_with(handle, "My name is Ada", "user", false, 1), 0);
    recorder.hook = NULL;
    CHECK_TEXT(answer_in_chat(handle, "what is my name"), "Ada");
    close_model(handle);
}

typedef struct Job {
    LLMHandle handle;
    Recorder recorder;
    int wrong;
} Job;

static int count_only(RKLLMResult *result, void *userdata, LLMCallState state) {
    Job *job = userdata;
    job->recorder.normal += state == RKLLM_RUN_NORMAL && result->text[0] != '\0';
    return 0;
}

static void *run_job(void *argument) {
    Job *job = argument;
    RKLLMInput input = {.input_type = RKLLM_INPUT_PROMPT, .prompt_input = "x"};
    RKLLMInferParam params = {0};
    for (int i = 0; i < 50; i++) {
        job->recorder.normal = 0;
        job->wrong += rkllm_run(job->handle, &input, &params, job) != 0;
        job->wrong += job->recorder.normal != 100;
    }
    return NULL;
}

static void handles_run_side_by_side(void) {
    enum { JOBS = 4 };
    RKLLMParam param = params_for(model_file("when: *\ngenerate: 100\n"));
    Job jobs[JOBS] = {0};
    pthread_t threads[JOBS];
    for (int i = 0; i < JOBS; i++) {
#if RKLLM_ABI == 12
        CHECK_INT(rkllm_init(&jobs[i].handle, &param, count_only), 0);
#else
        RKLLMCallback callback = {.result_callback = count_only};
        CHECK_INT(rkllm_init(&jobs[i].handle, &param, &callback), 0);
#endif
        pthread_create(&threads[i], NULL, run_job, &jobs[i]);
    }
    for (int i = 0; i < JOBS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(jobs[i].wrong, 0);
        close_model(jobs[i].handle);
    }
}

/* The caller need not wait for FINISH between abort and destroy. */
static void destroy_waits_for_an_aborted_run(void) {
    for (int i = 0; i < 20; i++) {
        LLMHandle handle = open_model(endless);
        CHECK_INT(start_async(handle, "x"), 0);
        recorder_wait(&recorder, (size_t)i % 3);
        CHECK_INT(rkllm_abort(handle), 0);
        close_model(handle);
        CHECK_INT((long)recorder.finish, 1);
    }
}

static void clear_waits_for_an_aborted_run(void) {
    LLMHandle handle = open_model(endless);
    CHECK_INT(start_async(handle, "x"), 0);
    recorder_wait(&recorder, 1);
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, NULL, NULL), -1); /* nothing was aborted */
    CHECK_INT(rkllm_abort(handle), 0);
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, NULL, NULL), 0);
    CHECK_INT((long)recorder.finish, 1);
    CHECK_INT(cache_size(handle), 0);
    close_model(handle);
}

static void *ask_from_another_thread(void *argument) {
    CHECK_INT(ask(argument, "x"), 0);
    return NULL;
}

/* The thread that waits for its run releases the handle before destroy frees it. */
static void destroy_waits_for_the_waiting_thread(void) {
    for (int i = 0; i < 20; i++) {
        LLMHandle handle = open_model("fault: join-at-exit\ndecode-ms: 10\nwhen: *\n"
                                      "generate: 400\n");
        pthread_t thread;
        recorder_clear(&recorder);
        pthread_create(&thread, NULL, ask_from_another_thread, handle);
        recorder_wait(&recorder, 1);
        CHECK_INT(rkllm_abort(handle), 0);
        close_model(handle);
        pthread_join(thread, NULL);
    }
}

static void *abort_forever(void *argument) {
    LLMHandle handle = argument;
    for (int i = 0; i < 2000; i++) {
        rkllm_abort(handle);
        rkllm_is_running(handle);
    }
    return NULL;
}

static void many_aborts_during_many_runs(void) {
    LLMHandle handle = open_model("when: *\ngenerate: 200\n");
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, abort_forever, handle);
    }
    for (int i = 0; i < 200; i++) {
        CHECK_INT(ask(handle, "x"), 0);
        CHECK_INT((long)recorder.finish, 1);
        CHECK(said() <= 200);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK_INT(ask(handle, "x"), 0); /* consumes a remaining abort */
    CHECK_INT(ask(handle, "x"), 0);
    CHECK_INT(said(), 200);
    close_model(handle);
}

static void speed_is_kept(void) {
    LLMHandle handle = open_model("decode-ms: 5\nwhen: empty\nsay:\nwhen: *\ngenerate: 20\n");
    double start = now_ms();
    answer(handle, "x");
    double ms = now_ms() - start;
    CHECK(ms >= 99);
    CHECK(recorder.perf.generate_time_ms >= 99);
    CHECK_TEXT(answer(handle, "empty"), ""); /* the end of the sequence takes a step as well */
    CHECK(recorder.perf.generate_time_ms >= 4.9f);
    close_model(handle);
}

TESTS(control,
      {"callbacks come on the caller's thread", callbacks_come_on_the_callers_thread, true},
      {"async callbacks come on another thread", async_callbacks_come_on_another_thread, true},
      {"async input may be freed", async_input_may_be_freed, true},
      {"is_async makes run asynchronous", is_async_makes_run_asynchronous, true},
      {"async overflow is an error callback", async_overflow_is_an_error_callback, true},
      {"async overflow may be silent", async_overflow_may_be_silent, true},
      {"is_running has its release's polarity", is_running_has_its_releases_polarity, true},
      {"abort ends between tokens", abort_ends_between_tokens, true},
      {"rerun after abort is the same", rerun_after_abort_is_the_same, false},
      {"aborted run leaves its prefix", aborted_run_leaves_its_prefix, false},
      {"aborted run may spoil the cache", aborted_run_may_spoil_the_cache, false},
      {"async runs pause as well", async_runs_pause_as_well, true},
      {"abort comes from another thread", abort_comes_from_another_thread, true},
      {"abort waits for prefill", abort_waits_for_prefill, true},
      {"idle abort may end the next run", idle_abort_may_end_the_next_run, true},
      {"late abort ends with its run", late_abort_ends_with_its_run, true},
      {"aborted turn stays in the history", aborted_turn_stays_in_the_history, true},
      {"destroy waits for an aborted run", destroy_waits_for_an_aborted_run, true},
      {"clear waits for an aborted run", clear_waits_for_an_aborted_run, true},
      {"destroy waits for the waiting thread", destroy_waits_for_the_waiting_thread, true},
      {"handles run side by side", handles_run_side_by_side, true},
      {"many aborts during many runs", many_aborts_during_many_runs, true},
      {"speed is kept", speed_is_kept, false})
