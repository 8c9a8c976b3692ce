/* Faults of the model file. Those that end or hang the process run in a child process. */
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

static void runs_return_codes(void) {
    LLMHandle handle = open_model("when: bad\nfault: run-code 5\nsay: never\n"
                                  "when: odd\nfault: return-code -7\nsay: said\n"
                                  "when: *\nsay: fine\n");
    CHECK_INT(ask(handle, "bad"), 5);
    CHECK_INT((long)recorder.count, 0);
    CHECK_INT(ask(handle, "odd"), -7);
    CHECK_TEXT(bytes_text(&recorder.text), "said");
    CHECK_INT((long)recorder.finish, 1);
    CHECK_TEXT(answer(handle, "x"), "fine");
    close_model(handle);
}

static void errors_come_in_three_forms(void) {
    LLMHandle handle = open_model("when: message\nfault: error-at 2\nsay: a b c d\n"
                                  "when: null-text\nfault: error-at 0 null-text\nsay: a\n"
                                  "when: null-result\nfault: error-at 1 null-result\nsay: a b\n"
                                  "when: odd\nfault: error-at 0\nfault: return-code 0\nsay: a\n");
    CHECK_INT(ask(handle, "message"), -1);
    CHECK_INT((long)recorder.normal, 2);
    CHECK_INT((long)recorder.error, 1);
    CHECK_INT((long)recorder.finish, 0);
    CHECK_TEXT(recorder.events[2].text, "simulated inference error");
    CHECK_INT(ask(handle, "null-text"), -1);
    CHECK(recorder.events[0].null_text && !recorder.events[0].null_result);
    CHECK_INT(ask(handle, "null-result"), -1);
    CHECK(recorder.events[1].null_result);
    CHECK_INT(ask(handle, "odd"), 0);
    CHECK_INT((long)recorder.error, 1);
    close_model(handle);
}

static void callbacks_are_missing_or_empty(void) {
    LLMHandle handle = open_model("when: unfinished\nfault: no-finish\nsay: a b\n"
                                  "when: silent\nfault: silent\nsay: a b\n"
                                  "when: empty\nfault: empty-text\nsay: a b\n"
                                  "when: one\nfault: null-text 1\nsay: a b c\n"
                                  "when: all\nfault: null-text\nsay: a b c\n");
    CHECK_TEXT(answer(handle, "unfinished"), "a b");
    CHECK_INT((long)recorder.finish, 0);
    CHECK_INT(ask(handle, "silent"), 0);
    CHECK_INT((long)recorder.count, 0);
    CHECK_TEXT(answer(handle, "empty"), "");
    CHECK_INT(said(), 2);
    CHECK_TEXT(answer(handle, "one"), "a c");
    CHECK(recorder.events[1].null_text);
    CHECK_TEXT(answer(handle, "all"), "");
    CHECK_INT(said(), 3);
    close_model(handle);
}

static int abort_at_first(Recorder *to, LLMCallState state) {
    if (state == RKLLM_RUN_NORMAL && to->normal == 1) {
        rkllm_abort(to->handle);
    }
    return 0;
}

static void aborts_are_ignored_or_lost(void) {
    LLMHandle handle = open_model("idle-abort: stays\n"
                                  "when: deaf\nfault: ignore-abort\nsay: a b c\n"
                                  "when: early\nfault: lose-early-abort\nsay: a b c\n");
    recorder.handle = handle;
    recorder.hook = abort_at_first;
    CHECK_TEXT(answer(handle, "deaf"), "a b c");
    CHECK_TEXT(answer(handle, "early"), "a"); /* this abort came after the first token */
    recorder.hook = NULL;
    rkllm_abort(handle);
    CHECK_TEXT(answer(handle, "early"), "a b c");
    close_model(handle);
}

static void hangs_may_end(void) {
    LLMHandle handle = open_model("when: decode\nfault: hang-at 1 60\nsay: a b\n"
                                  "when: prefill\nfault: hang-prefill 60\nsay: a b\n");
    CHECK_TEXT(answer(handle, "decode"), "a b");
    CHECK(recorder.perf.generate_time_ms >= 60);
    CHECK_TEXT(answer(handle, "prefill"), "a b");
    CHECK(recorder.perf.prefill_time_ms >= 60);
    close_model(handle);
}

static void init_and_destroy_fail(void) {
    LLMHandle handle = &handle;
    RKLLMParam param = params_for(model_file("fault: init-code -3\n"));
    CHECK_INT(init(&handle, &param), -3);
    CHECK(handle == NULL);
    handle = &handle;
    param = params_for(model_file("fault: init-null\n"));
    CHECK_INT(init(&handle, &param), 0);
    CHECK(handle == NULL);
    handle = open_model("fault: destroy-code 9\n");
    CHECK_INT(rkllm_destroy(handle), 9);
}

/* A rule does not inherit what follows it, and "none" disables inherited faults. */
static void faults_are_inherited(void) {
    LLMHandle handle = open_model("fault: run-code 3\n"
                                  "when: fine\nfault: none\nsay: fine\n"
                                  "when: *\nsay: never\n");
    CHECK_INT(ask(handle, "x"), 3);
    CHECK_TEXT(answer(handle, "fine"), "fine");
    close_model(handle);
}

static void crash_body(void) {
    signal(SIGSEGV, SIG_DFL); /* not the sanitizer's report */
    ask(open_model("fault: crash 1\nwhen: *\nsay: a b\n"), "x");
}

static void abort_body(void) {
    signal(SIGABRT, SIG_DFL);
    ask(open_model("fault: abort-process 1\nwhen: *\nsay: a b\n"), "x");
}

static const char *ending_script; /* what the child process of a test uses */

static void ending_body(void) {
    signal(SIGSEGV, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    LLMHandle handle = open_model(ending_script);
    ask(handle, "x");
    rkllm_clear_kv_cache(handle, 0, NULL, NULL);
    rkllm_set_chat_template(handle, "", "", "");
    rkllm_set_function_tools(handle, "", "[]", "");
    rkllm_abort(handle);
    rkllm_is_running(handle);
    int size = 0;
    rkllm_get_kv_cache_size(handle, &size);
    rkllm_load_lora(handle, NULL);
    rkllm_load_prompt_cache(handle, NULL);
    rkllm_release_prompt_cache(handle);
    rkllm_set_cross_attn_params(handle, NULL);
    rkllm_run_async(handle, NULL, NULL, NULL);
    rkllm_destroy(handle);
}

/* Returns how the child process of a test ends with this script. */
static int ends(const char *script) {
    ending_script = script;
    return in_child(ending_body, 10000);
}

static void processes_end_in_many_ways(void) {
    static const struct {
        const char *script;
        int status;
    } signals[] = {{"fault: end-by SIGSEGV 1\nwhen: *\nsay: a b\n", SIGSEGV},
                   {"fault: end-by SIGABRT\nwhen: *\nsay: a b\n", SIGABRT},
                   {"fault: end-by SIGBUS 2\nwhen: *\nsay: a b\n", SIGBUS},
                   {"fault: end-by SIGKILL\nwhen: *\nsay: a b\n", SIGKILL}};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        int status = ends(signals[i].script);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signals[i].status);
    }
    int status = ends("fault: end-by exit\nwhen: *\nsay: a b\n");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    status = ends("fault: end-by _exit\nwhen: *\nsay: a b\n");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void each_function_can_end_the_process(void) {
    static const char *const functions[] = {
        "init",         "destroy",          "run",
        "run_async",    "abort",            "is_running",
        "load_lora",    "clear_kv_cache",   "get_kv_cache_size",
        "load_prompt_cache",                "release_prompt_cache",
        "set_chat_template",                "set_function_tools",
        "set_cross_attn_params"};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        Bytes script = {0};
        bytes_append_format(&script, "fault: in %s SIGKILL\nwhen: *\nsay: a b\n", functions[i]);
        int status = ends(bytes_text(&script));
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        bytes_free(&script);
    }
    ending_script = "fault: in get_kv_cache_size hang\nwhen: *\nsay: a b\n";
    CHECK_INT(in_child(ending_body, 200), -1);
}

static int ask_in_background(LLMHandle handle, const char *prompt) {
    RKLLMInput input = prompt_input(prompt);
    RKLLMInferParam params = {0};
    recorder_clear(&recorder);
    return rkllm_run_async(handle, &input, &params, &recorder);
}

static void async_hang_body(void) {
    LLMHandle handle = open_model("fault: async-hang\nwhen: *\nsay: a b\n");
    ask(handle, "x");
    if (recorder.finish != 1) {
        _exit(1);
    }
    ask_in_background(handle, "x");
    recorder_wait_end(&recorder);
}

static void hang_body(void) {
    ask(open_model("fault: hang-at 1\nwhen: *\nsay: a b\n"), "x");
}

static void hang_prefill_body(void) {
    ask(open_model("fault: hang-prefill\nwhen: *\nsay: a b\n"), "x");
}

static void join_body(void) {
    ask(open_model("fault: join-at-exit\nwhen: *\nsay: a b\n"), "x");
    exit(recorder.finish == 1 && !pthread_equal(recorder.events[0].thread, pthread_self()) ? 7 : 8);
}

static void crash_ends_the_process(void) {
    int status = in_child(crash_body, 10000);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static void abort_ends_the_process(void) {
    int status = in_child(abort_body, 10000);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CHECK_HAS(reported(), "rkllm simulator: Assertion `simulated' failed.");
}

/* The faults of old releases affect only asynchronous runs. */
static void async_runs_fail_as_in_old_releases(void) {
    LLMHandle handle = open_model("fault: async-empty-text\nwhen: *\nsay: a b\n");
    CHECK_TEXT(answer(handle, "x"), "a b");
    CHECK_INT(ask_in_background(handle, "x"), 0);
    recorder_wait_end(&recorder);
    CHECK_INT(said(), 2);
    CHECK_TEXT(bytes_text(&recorder.text), "");
    close_model(handle);
    handle = open_model("fault: async-no-callbacks\nwhen: *\nsay: a b\n");
    CHECK_TEXT(answer(handle, "x"), "a b");
    CHECK_INT(ask_in_background(handle, "x"), 0);
    CHECK_INT(rkllm_abort(handle), 0);
    close_model(handle); /* waits for the run */
    CHECK_INT((long)recorder.count, 0);
    CHECK_INT(in_child(async_hang_body, 200), -1);
}

static void finish_may_come_alone(void) {
    LLMHandle handle = open_model("when: empty\nfault: no-tokens\nsay: a b\nwhen: *\nsay: fine\n");
    CHECK_INT(ask(handle, "empty"), 0);
    CHECK_INT((long)recorder.count, 1);
    CHECK_INT((long)recorder.finish, 1);
    CHECK_INT(recorder.perf.generate_tokens, 0);
    CHECK(recorder.perf.prefill_tokens > 0);
    CHECK_TEXT(answer(handle, "x"), "fine");
    close_model(handle);
}

static void figures_may_be_untrue(void) {
    LLMHandle handle = open_model("fault: figures negative\n"
                                  "when: nan\nfault: figures nan\nsay: a b c\n"
                                  "when: infinite\nfault: figures infinite\nsay: a b c\n"
                                  "when: huge\nfault: figures huge\nsay: a b c\n"
                                  "when: true\nfault: none\nsay: a b c\n"
                                  "when: *\nsay: a b c\n");
    CHECK_TEXT(answer(handle, "x"), "a b c");
    CHECK_INT(recorder.perf.prefill_tokens, -1);
    CHECK_INT(recorder.perf.generate_tokens, -1);
    CHECK(recorder.perf.prefill_time_ms == -1 && recorder.perf.memory_usage_mb == -1);
    answer(handle, "nan");
    CHECK(isnan(recorder.perf.prefill_time_ms) && isnan(recorder.perf.generate_time_ms));
    CHECK(isnan(recorder.perf.memory_usage_mb));
    CHECK(recorder.perf.prefill_tokens > 0);
    answer(handle, "infinite");
    CHECK(isinf(recorder.perf.prefill_time_ms) && isinf(recorder.perf.generate_time_ms));
    answer(handle, "huge");
    CHECK_INT(recorder.perf.prefill_tokens, INT_MAX);
    CHECK_INT(recorder.perf.generate_tokens, INT_MAX);
    CHECK(recorder.perf.prefill_time_ms >= 0);
    answer(handle, "true");
    CHECK(recorder.perf.prefill_tokens > 0 && recorder.perf.prefill_tokens < 100);
    close_model(handle);
}

/* Returns whether there was a callback on another thread. */
static bool other_thread_called(void) {
    for (size_t i = 0; i < recorder.count && i < MAX_EVENTS; i++) {
        if (!pthread_equal(recorder.events[i].thread, pthread_self())) {
            return true;
        }
    }
    return false;
}

static atomic_int inside;
static atomic_bool overlapped;

/* Waits until another thread is inside as well, if one is expected. */
static int wait_for_another(Recorder *to, LLMCallState state) {
    bool mine = pthread_equal(*(pthread_t *)to->extra, pthread_self());
    atomic_fetch_add(&inside, 1);
    while (mine && state == RKLLM_RUN_NORMAL && atomic_load(&inside) < 2) {
        sched_yield();
    }
    if (atomic_load(&inside) >= 2) {
        atomic_store(&overlapped, true);
    }
    atomic_fetch_sub(&inside, 1);
    return 0;
}

static void two_threads_may_call_back_at_once(void) {
    LLMHandle handle = open_model("when: late\nfault: two-threads 2\nsay: a b c\n"
                                  "when: twice\nfault: two-threads\nsay: a\n"
                                  "when: *\nsay: a b c\n");
    CHECK_TEXT(answer(handle, "x"), "a b c");
    CHECK(!other_thread_called());
    answer(handle, "late");
    bool others = CHECK(other_thread_called());
    CHECK(pthread_equal(recorder.events[1].thread, pthread_self()));
    CHECK_INT((long)recorder.finish, 1);
    if (others) { /* otherwise this would wait forever */
        pthread_t self = pthread_self();
        recorder.extra = &self;
        recorder.hook = wait_for_another;
        CHECK_INT(ask(handle, "twice"), 0);
        CHECK(atomic_load(&overlapped));
    }
    close_model(handle);
}

/* Must outlive the test, as the thread that makes the late callback may. */
static sem_t late_came;
static pthread_t late_thread;

static int note_late(RKLLMResult *result, void *userdata, LLMCallState state) {
    (void)userdata;
    if (state == RKLLM_RUN_NORMAL && strcmp(result->text, "late") == 0) {
        late_thread = pthread_self();
        sem_post(&late_came);
    }
    return 0;
}

static void callbacks_may_come_after_destroy(void) {
    RKLLMParam param = params_for(model_file("fault: late-callback 30\nwhen: *\nsay: a\n"));
    LLMHandle handle = NULL;
    sem_init(&late_came, 0, 0);
#if RKLLM_ABI == 12
    CHECK_INT(rkllm_init(&handle, &param, note_late), 0);
#else
    RKLLMCallback callback = {.result_callback = note_late};
    CHECK_INT(rkllm_init(&handle, &param, &callback), 0);
#endif
    CHECK_INT(ask(handle, "x"), 0);
    CHECK(sem_trywait(&late_came) != 0);
    close_model(handle);
    CHECK_INT(sem_wait(&late_came), 0);
    CHECK(!pthread_equal(late_thread, pthread_self()));
}

static void async_runs_may_return_codes(void) {
    LLMHandle handle = open_model("fault: async-code -5\nwhen: *\nsay: a\n");
    CHECK_TEXT(answer(handle, "x"), "a");
    CHECK_INT(ask_in_background(handle, "x"), -5);
    CHECK_INT((long)recorder.count, 0);
    CHECK_TEXT(answer(handle, "x"), "a"); /* the handle is not in use */
    close_model(handle);
    handle = open_model("fault: async-code 3 runs\nwhen: *\nsay: a\n");
    CHECK_INT(ask_in_background(handle, "x"), 3);
    recorder_wait_end(&recorder);
    CHECK_TEXT(bytes_text(&recorder.text), "a");
    close_model(handle);
}

/* With this fault, each run takes place on the worker, and its caller waits. */
static void worker_returns_the_code_of_each_run(void) {
    LLMHandle handle = open_model("fault: join-at-exit\nwhen: bad\nsay: a\nfault: return-code 5\n"
                                  "when: *\nsay: a\n");
    for (int i = 0; i < 3; i++) {
        CHECK_TEXT(answer(handle, "x"), "a");
        CHECK_INT(ask(handle, "bad"), 5);
    }
    close_model(handle);
}

static void hang_never_returns(void) {
    CHECK_INT(in_child(hang_body, 200), -1);
    CHECK_INT(in_child(hang_prefill_body, 200), -1);
}

static void worker_is_joined_at_exit(void) {
    int status = in_child(join_body, 10000);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

TESTS(fault, {"runs return codes", runs_return_codes, false},
      {"errors come in three forms", errors_come_in_three_forms, false},
      {"callbacks are missing or empty", callbacks_are_missing_or_empty, false},
      {"aborts are ignored or lost", aborts_are_ignored_or_lost, false},
      {"hangs may end", hangs_may_end, false},
      {"init and destroy fail", init_and_destroy_fail, false},
      {"faults are inherited", faults_are_inherited, false},
      {"crash ends the process", crash_ends_the_process, false},
      {"abort ends the process", abort_ends_the_process, false},
      {"processes end in many ways", processes_end_in_many_ways, false},
      {"each function can end the process", each_function_can_end_the_process, false},
      {"async runs fail as in old releases", async_runs_fail_as_in_old_releases, false},
      {"finish may come alone", finish_may_come_alone, false},
      {"figures may be untrue", figures_may_be_untrue, false},
      {"two threads may call back at once", two_threads_may_call_back_at_once, true},
      {"callbacks may come after destroy", callbacks_may_come_after_destroy, true},
      {"async runs may return codes", async_runs_may_return_codes, true},
      {"worker returns the code of each run", worker_returns_the_code_of_each_run, false},
      {"hang never returns", hang_never_returns, false},
      {"worker is joined at exit", worker_is_joined_at_exit, false})
