/* NPU memory, and the behavior when the context is full. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "harness.h"

static int load_into(int32_t domain, const char *lines, LLMHandle *handle) {
    RKLLMParam param = params_for(model_file(lines));
    param.extend_param.base_domain_id = domain;
    return init(handle, &param);
}

static void models_share_their_domain(void) {
    static const char lines[] = "npu-memory-mb: 2500\n";
    LLMHandle first = NULL, second = NULL, third = NULL;
    CHECK_INT(load_into(0, lines, &first), 0);
    CHECK_INT(load_into(0, lines, &second), -1);
    CHECK(second == NULL);
    CHECK_HAS(logged(), "E rkllm: failed to malloc npu memory, size: 2621440000\n");
    CHECK_INT(load_into(1, lines, &second), 0); /* another address space */
    CHECK_INT(load_into(0, "npu-memory-mb: 1596\n", &third), 0);
    close_model(third);
    CHECK_INT(load_into(0, "npu-memory-mb: 1597\n", &third), -1);
    close_model(first);
    CHECK_INT(load_into(0, lines, &first), 0); /* memory was released */
    CHECK_INT(load_into(0, "", &third), 0);
    close_model(first);
    close_model(second);
    close_model(third);
    CHECK_INT(load_into(7, "npu-memory-mb: 4097\n", &first), -1);
    CHECK_INT(load_into(7, "npu-memory-mb: 4096\nfault: init-null\n", &first), 0);
    CHECK_INT(load_into(7, "npu-memory-mb: 4096\n", &first), 0);
    close_model(first);
}

static void crash_body(void) {
    static const char lines[] = "npu-memory-mb: 2500\nfault: npu-memory-crash\n";
    LLMHandle handle = NULL;
    signal(SIGSEGV, SIG_DFL);
    load_into(0, lines, &handle);
    load_into(0, lines, &handle);
}

static void lack_of_memory_may_crash(void) {
    int status = in_child(crash_body, 10000);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static LLMHandle open_small(const char *lines, int32_t n_keep) {
    RKLLMParam param = params_for(model_file(lines));
    param.max_context_len = 64;
    param.n_keep = n_keep;
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    return handle;
}

static const char counting[] = "numbers: 1000\nsystem: hello\n"
                               "when: *\nrepeat: 300 \" {i}\"\n";

static void full_context_shifts(void) {
    LLMHandle handle = open_small(counting, 8);
    answer(handle, "x");
    CHECK_INT(said(), 300);
    CHECK(strstr(bytes_text(&recorder.text), " 299 300") != NULL);
    CHECK(cache_size(handle) > 8 && cache_size(handle) <= 64);
    answer(handle, "x"); /* kept positions are reused */
    int with_prefix = recorder.perf.prefill_tokens;
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, NULL, NULL), 0);
    answer(handle, "x");
    CHECK_INT(recorder.perf.prefill_tokens, with_prefix + 8);
    close_model(handle);
}

/* A clear keeps at most what is left of the system prompt, in a conversation too. */
static void shift_into_system_prompt(const char *lines, bool longer, int history) {
    enum { N_KEEP = 8, END = 36 /* removed when the 64 positions are full */ };
    LLMHandle handle = open_small(lines, N_KEEP);
    CHECK_INT(ask_with(handle, "x", "user", false, history), 0);
    CHECK_INT(rkllm_clear_kv_cache(handle, 1, NULL, NULL), 0);
    int system = cache_size(handle);
    CHECK(longer ? system > END : system > N_KEEP && system < END);

    CHECK_INT(ask_with(handle, "shift", "user", false, history), 0);
    CHECK_INT(rkllm_clear_kv_cache(handle, 1, NULL, NULL), 0);
    int left = longer ? system - (END - N_KEEP) : N_KEEP;
    CHECK_INT(cache_size(handle), left);

    CHECK_INT(ask_with(handle, "x", "user", false, history), 0);
    if (history) { /* continues from there */
        CHECK_INT(cache_size(handle), left + recorder.perf.prefill_tokens + said());
    }
    close_model(handle);
}

static void full_context_shifts_into_the_system_prompt(void) {
    for (int history = 0; history < 2; history++) {
        shift_into_system_prompt("numbers: 1000\nsystem: a b c d e f g h i j\n"
                                 "when: shift\nrepeat: 60 \" {i}\"\nwhen: *\nsay: a\n",
                                 false, history);
        shift_into_system_prompt("numbers: 1000\n"
                                 "system: a b c d e f g h i j k l m n o p q r s t u v w x y z a b "
                                 "c d e f g h i j k l\n"
                                 "when: shift\nrepeat: 24 \" {i}\"\nwhen: *\nsay: a\n",
                                 true, history);
    }
}

static int abort_late(Recorder *to, LLMCallState state) {
    (void)state;
    if (to->normal == 3000) {
        CHECK_INT(rkllm_abort(to->handle), 0);
    }
    return 0;
}

/*
 * The window is shifted as often as necessary; only a limit, an abort or the end of the sequence
 * ends the run.
 */
static void full_context_does_not_end_a_run(void) {
    LLMHandle handle = open_small("when: salad\ngenerate: 1000000\n"
                                  "when: *\nrepeat: 1000000 \"x \"\n", 0);
    static const char *const prompts[] = {"salad", "x"};
    recorder.handle = handle;
    recorder.hook = abort_late;
    for (size_t i = 0; i < 2; i++) {
        CHECK_INT(ask(handle, prompts[i]), 0);
        CHECK_INT((long)recorder.normal, 3000);
        CHECK_INT((long)recorder.finish, 1);
        CHECK(cache_size(handle) <= 64);
    }
    close_model(handle);
#if RKLLM_ABI >= 13
    RKLLMParam param = params_for(model_file("when: *\nsay: a\n"));
    param.max_context_len = 64;
    param.ignore_eos_token = true;
    CHECK_INT(init(&handle, &param), 0);
    recorder.handle = handle;
    CHECK_INT(ask(handle, "x"), 0);
    CHECK_INT((long)recorder.normal, 3000);
    close_model(handle);
#endif
}

static void full_context_ends_otherwise(void) {
    LLMHandle handle = open_small(counting, -1); /* everything is kept */
    answer(handle, "x");
    CHECK_INT(cache_size(handle), 64);
    CHECK(recorder.normal < 64);
    close_model(handle);
    handle = open_small("shift: no\nnumbers: 1000\nwhen: *\nrepeat: 300 \" {i}\"\n", 8);
    answer(handle, "x");
    CHECK_INT(cache_size(handle), 64);
    close_model(handle);
    handle = open_small(counting, 64);
    answer(handle, "x");
    CHECK_INT(cache_size(handle), 64);
    close_model(handle);
}

static void embed_flash_is_known(void) {
    RKLLMParam param = params_for(model_file("when: *\nsay: {param.embed_flash}\n"));
    param.extend_param.embed_flash = 1;
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    CHECK_HAS(logged(), "I rkllm: word embeddings are read from storage\n");
    CHECK_TEXT(answer(handle, "x"), "1");
    close_model(handle);
}

TESTS(resource, {"models share their domain", models_share_their_domain, false},
      {"lack of memory may crash", lack_of_memory_may_crash, false},
      {"full context shifts", full_context_shifts, false},
      {"full context shifts into the system prompt", full_context_shifts_into_the_system_prompt,
       false},
      {"full context does not end a run", full_context_does_not_end_a_run, false},
      {"full context ends otherwise", full_context_ends_otherwise, false},
      {"embed_flash is known", embed_flash_is_known, false})
