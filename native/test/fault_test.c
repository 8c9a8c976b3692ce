/* Faults from the model file. Those that end or hang the process run in a process of their own. */
#include <signal.h>
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
    CHECK_INT((long)recorder.normal, 2);
    CHECK_TEXT(answer(handle, "one"), "a c");
    CHECK(recorder.events[1].null_text);
    CHECK_TEXT(answer(handle, "all"), "");
    CHECK_INT((long)recorder.normal, 3);
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
    CHECK_TEXT(answer(handle, "early"), "a"); /* this one came after the first token */
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

/* A rule does not inherit what comes after it, and "none" switches off what it inherits. */
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

/* The faults of old releases strike asynchronous runs only. */
static void async_runs_fail_as_they_did(void) {
    LLMHandle handle = open_model("fault: async-empty-text\nwhen: *\nsay: a b\n");
    CHECK_TEXT(answer(handle, "x"), "a b");
    CHECK_INT(ask_in_background(handle, "x"), 0);
    recorder_wait_end(&recorder);
    CHECK_INT((long)recorder.normal, 2);
    CHECK_TEXT(bytes_text(&recorder.text), "");
    close_model(handle);
    handle = open_model("fault: async-no-callbacks\nwhen: *\nsay: a b\n");
    CHECK_TEXT(answer(handle, "x"), "a b");
    CHECK_INT(ask_in_background(handle, "x"), 0);
    CHECK_INT(rkllm_abort(handle), 0);
    close_model(handle); /* waits for it */
    CHECK_INT((long)recorder.count, 0);
    CHECK_INT(in_child(async_hang_body, 200), -1);
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
      {"async runs fail as they did", async_runs_fail_as_they_did, false},
      {"hang never returns", hang_never_returns, false},
      {"worker is joined at exit", worker_is_joined_at_exit, false})
