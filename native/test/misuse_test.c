/* Misuse is reported and fails; it never crashes. */
#include <stdio.h>
#include <string.h>

#include "harness.h"

/* Fails unless exactly one line with these words was reported since the last call. */
static void reports(const char *words) {
    static char seen[1 << 16];
    const char *all = reported();
    const char *fresh = strncmp(all, seen, strlen(seen)) == 0 ? all + strlen(seen) : all;
    CHECK_HAS(fresh, "rkllm simulator: misuse: ");
    CHECK_HAS(fresh, words);
    const char *end = strchr(fresh, '\n');
    CHECK(end != NULL && end[1] == '\0');
    snprintf(seen, sizeof seen, "%s", all);
}

static void null_and_stale_handles(void) {
    int size;
    LLMHandle handle = open_model("");
    CHECK_INT(rkllm_destroy(NULL), -1);
    reports("rkllm_destroy was given a NULL handle");
    CHECK_INT(ask(NULL, "x"), -1);
    reports("rkllm_run was given a NULL handle");
    CHECK_INT(rkllm_abort(NULL), -1);
    reports("rkllm_abort was given a NULL handle");
    CHECK_INT(rkllm_is_running(NULL), -1);
    reports("rkllm_is_running was given a NULL handle");
    CHECK((uintptr_t)handle < (uintptr_t)1 << 47); /* the bits that scripting languages preserve */
    close_model(handle);
    CHECK_INT(rkllm_destroy(handle), -1);
    reports("rkllm_destroy was given a handle that is not live");
    CHECK_INT(ask(handle, "x"), -1);
    reports("rkllm_run was given a handle that is not live");
    CHECK_INT(rkllm_abort(handle), -1);
    reports("rkllm_abort was given a handle that is not live");
    CHECK_INT(rkllm_get_kv_cache_size(handle, &size), -1);
    reports("rkllm_get_kv_cache_size was given a handle that is not live");
    CHECK_INT(rkllm_clear_kv_cache(&size, 0, NULL, NULL), -1);
    reports("rkllm_clear_kv_cache was given a handle that is not live");
}

static int init_null_callback(LLMHandle *handle, RKLLMParam *param) {
    return rkllm_init(handle, param, NULL);
}

static void null_arguments(void) {
    LLMHandle handle = NULL;
    RKLLMParam param = params_for(model_file(""));
    CHECK_INT(init(NULL, &param), -1);
    reports("NULL for its handle");
    CHECK_INT(init(&handle, NULL), -1);
    reports("NULL for its parameters");
    CHECK_INT(init_null_callback(&handle, &param), -1);
    reports("NULL for its callback");
    param.model_path = NULL;
    CHECK_INT(init(&handle, &param), -1);
    reports("NULL for its model path");

    handle = open_model("");
    RKLLMInput input = {.input_type = RKLLM_INPUT_PROMPT, .prompt_input = "x"};
    RKLLMInferParam params = {0};
    CHECK_INT(rkllm_run(handle, NULL, &params, &recorder), -1);
    reports("the input of a run is NULL");
    CHECK_INT(rkllm_run(handle, &input, NULL, &recorder), 0); /* as some clients do */
    CHECK_TEXT(bytes_text(&recorder.text), "You said: x");
    CHECK_HAS(logged(), "W rkllm: rkllm_run was given no RKLLMInferParam");
    CHECK_INT(ask(handle, NULL), -1);
    reports("prompt_input is NULL");
    CHECK_INT(rkllm_get_kv_cache_size(handle, NULL), -1);
    reports("NULL for its sizes");
    CHECK_INT(rkllm_set_chat_template(handle, "", NULL, ""), -1);
    reports("NULL for a text");
    CHECK_INT(rkllm_set_function_tools(handle, "", "", NULL), -1);
    reports("NULL for a text");
    CHECK_INT(rkllm_load_lora(handle, NULL), -1);
    reports("rkllm_load_lora was given NULL");
    CHECK_TEXT(answer(handle, "x"), "You said: x");
    close_model(handle);
}

static void unknown_values(void) {
    LLMHandle handle = open_model("");
    RKLLMInput input = {.input_type = (RKLLMInputType)4, .prompt_input = "x"};
    RKLLMInferParam params = {0};
    CHECK_INT(rkllm_run(handle, &input, &params, &recorder), -1);
    reports("input_type is 4, which is invalid");
    input.input_type = RKLLM_INPUT_PROMPT;
    params.mode = (RKLLMInferMode)3;
    CHECK_INT(rkllm_run(handle, &input, &params, &recorder), -1);
    reports("mode is 3, which is invalid");
    params.mode = RKLLM_INFER_GENERATE;
    params.keep_history = 2;
    CHECK_INT(rkllm_run(handle, &input, &params, &recorder), -1);
    reports("keep_history is 2, but must be 0 or 1");
    int start = 0;
    int end = 1;
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, &start, &end), -1);
    reports("a range, but no run is paused");
    close_model(handle);
}

static int call_back_in(Recorder *to, LLMCallState state) {
    int size;
    if (state != RKLLM_RUN_NORMAL) {
        return 0;
    }
    RKLLMInput input = {.input_type = RKLLM_INPUT_PROMPT, .prompt_input = "x"};
    RKLLMInferParam params = {0};
    CHECK_INT(rkllm_run(to->handle, &input, &params, to), -1);
    reports("rkllm_run was called while rkllm_run is in progress");
    CHECK_INT(rkllm_destroy(to->handle), -1);
    reports("rkllm_destroy was called while rkllm_run is in progress");
    CHECK_INT(rkllm_clear_kv_cache(to->handle, 0, NULL, NULL), -1);
    reports("rkllm_clear_kv_cache was called while rkllm_run is in progress");
    CHECK_INT(rkllm_get_kv_cache_size(to->handle, &size), -1);
    reports("rkllm_get_kv_cache_size was called while rkllm_run is in progress");
    CHECK_INT(rkllm_set_chat_template(to->handle, "", "", ""), -1);
    reports("rkllm_set_chat_template was called while rkllm_run is in progress");
    return 0;
}

static void calls_from_within_a_callback(void) {
    LLMHandle handle = open_model("when: *\nsay: a\n");
    recorder.handle = handle;
    recorder.hook = call_back_in;
    CHECK_TEXT(answer(handle, "x"), "a");
    recorder.hook = NULL;
    CHECK_TEXT(answer(handle, "x"), "a");
    close_model(handle);
}

static void calls_during_an_async_run(void) {
    LLMHandle handle = open_model("decode-ms: 1\nwhen: *\ngenerate: 4000\n");
    RKLLMInput input = {.input_type = RKLLM_INPUT_PROMPT, .prompt_input = "x"};
    RKLLMInferParam params = {0};
    CHECK_INT(rkllm_run_async(handle, &input, &params, &recorder), 0);
    recorder_wait(&recorder, 1);
    CHECK_INT(rkllm_run(handle, &input, &params, &recorder), -1);
    reports("rkllm_run was called while rkllm_run_async is in progress");
    CHECK_INT(rkllm_destroy(handle), -1);
    reports("rkllm_destroy was called while rkllm_run_async is in progress");
    CHECK_INT(rkllm_abort(handle), 0);
    recorder_wait_end(&recorder);
    close_model(handle);
}

static int return_garbage(Recorder *to, LLMCallState state) {
    (void)to;
    return state == RKLLM_RUN_NORMAL ? 0x5555 : 0;
}

static void callbacks_that_return_garbage(void) {
    LLMHandle handle = open_model("when: *\nsay: a b c\n");
    recorder.hook = return_garbage;
    for (int i = 0; i < 2; i++) {
        CHECK_TEXT(answer(handle, "x"), "a b c");
        reports("the result callback returned 21845"); /* once for each run */
    }
    recorder.hook = NULL;
    CHECK_TEXT(answer(handle, "x"), "a b c");
    close_model(handle);
}

TESTS(misuse, {"null and stale handles", null_and_stale_handles, false},
      {"null arguments", null_arguments, false}, {"unknown values", unknown_values, false},
      {"calls from within a callback", calls_from_within_a_callback, true},
      {"calls during an async run", calls_during_an_async_run, true},
      {"callbacks that return garbage", callbacks_that_return_garbage, false})
