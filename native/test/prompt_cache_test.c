/* Prompt cache files: written by a run, loaded for others, and rejected if they do not match. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "release.h"

static const char lines[] = "name: cached\nsystem: A long system prompt with many words in it.\n"
                            "when: dream\ngenerate: 10\nwhen: nothing\nsay:\n"
                            "when: *\nsay: one two three\n";

static int run_saving(LLMHandle handle, const char *prompt, const char *path, int history) {
    RKLLMInput input = prompt_input(prompt);
    RKLLMPromptCacheParam cache = {1, path};
    RKLLMInferParam params = {.prompt_cache_params = &cache, .keep_history = history};
    recorder_clear(&recorder);
    return rkllm_run(handle, &input, &params, &recorder);
}

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

static void loaded_cache_goes_on_as_its_run(void) {
    const char *path = temp_path("prompt.cache");
    LLMHandle handle = open_model(lines);
    CHECK_INT(run_saving(handle, "dream", path, 0), 0);
    int full = recorder.perf.prefill_tokens;
    Bytes text = {0};
    bytes_append_text(&text, bytes_text(&recorder.text));
    CHECK_HAS(read_text(path), "RKLLM-SIMULATOR-PROMPT-CACHE 1\nruntime: 1.");
    CHECK_HAS(read_text(path), "\nmodel: cached\n");
    close_model(handle);

    handle = open_model(lines);
    CHECK_INT(rkllm_load_prompt_cache(handle, path), 0);
    CHECK_INT(cache_size(handle), full); /* the prompt, not the answer */
    CHECK_TEXT(answer(handle, "dream"), bytes_text(&text));
    CHECK_INT(recorder.perf.prefill_tokens, 1);
    answer(handle, "something else"); /* the system prompt is the same */
    CHECK(recorder.perf.prefill_tokens < full);
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, NULL, NULL), 0);
    answer(handle, "dream");
    CHECK_INT(recorder.perf.prefill_tokens, 1); /* it is still loaded */
    CHECK_INT(rkllm_load_prompt_cache(handle, path), -1);
    CHECK_HAS(reported(), "rkllm_load_prompt_cache was called before the last one was released");
    CHECK_INT(rkllm_release_prompt_cache(handle), 0);
    CHECK_INT(rkllm_release_prompt_cache(handle), -1);
    CHECK_HAS(logged(), "E rkllm: no prompt cache is loaded\n");
    answer(handle, "dream");
    CHECK_INT(recorder.perf.prefill_tokens, full);
    CHECK_INT(rkllm_load_prompt_cache(handle, path), 0);
    close_model(handle); /* still loaded */
    bytes_free(&text);
}

static int abort_at_first(Recorder *to, LLMCallState state) {
    if (state == RKLLM_RUN_NORMAL && to->normal == 1) {
        rkllm_abort(to->handle);
    }
    return 0;
}

static void written_after_the_first_token(void) {
    LLMHandle handle = open_model("idle-abort: stays\nwhen: nothing\nsay:\n"
                                  "when: *\nsay: one two\n");
    const char *path = temp_path("aborted.cache");
    recorder.handle = handle;
    recorder.hook = abort_at_first;
    CHECK_INT(run_saving(handle, "x", path, 0), 0);
    CHECK_INT((long)recorder.normal, 1);
    CHECK(exists(path));
    recorder.hook = NULL;
    path = temp_path("early.cache");
    rkllm_abort(handle); /* before the first token */
    CHECK_INT(run_saving(handle, "x", path, 0), 0);
    CHECK(!exists(path));
    path = temp_path("empty.cache");
    CHECK_INT(run_saving(handle, "nothing", path, 0), 0);
    CHECK(exists(path));
    path = temp_path("history.cache");
    CHECK_INT(run_saving(handle, "x", path, 1), 0);
    CHECK(!exists(path));
    CHECK_HAS(logged(), "W rkllm: no prompt cache is written with keep_history 1\n");
    close_model(handle);
}

static void paths_that_cannot_be_written(void) {
    LLMHandle handle = open_model(lines);
    CHECK_INT(run_saving(handle, "x", "/nonexistent/folder/x.cache", 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "one two three");
    CHECK_INT((long)recorder.finish, 1);
    CHECK_HAS(logged(), "E rkllm: failed to write prompt cache /nonexistent/folder/x.cache: No such");
    const char *folder = temp_path("folder.cache");
    mkdir(folder, 0700);
    CHECK_INT(run_saving(handle, "x", folder, 0), 0);
    CHECK_HAS(logged(), "folder.cache: Is a directory\n");
    rmdir(folder);
    close_model(handle);
}

static void null_path_is_a_file_of_its_own(void) {
    char before[512];
    char folder[512];
    CHECK(getcwd(before, sizeof before) != NULL);
    snprintf(folder, sizeof folder, "%s", temp_path(""));
    CHECK_INT(chdir(folder), 0);
    LLMHandle handle = open_model(lines);
    CHECK_INT(run_saving(handle, "x", NULL, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "one two three");
    CHECK(exists(temp_path("prompt_cache.bin")));
    CHECK_INT(rkllm_load_prompt_cache(handle, "./prompt_cache.bin"), 0);
    CHECK_TEXT(reported(), "");
    close_model(handle);
    CHECK_INT(chdir(before), 0);
}

static void load_after_abort(LLMHandle handle, const char *path, int result) {
    recorder.hook = abort_at_first;
    recorder.handle = handle;
    CHECK_INT(ask(handle, "x"), 0);
    recorder.hook = NULL;
    CHECK_INT(rkllm_load_prompt_cache(handle, path), result);
}

/* The combination that ends release 1.2.3: loading a prompt cache after an aborted run. */
static void aborted_runs_before_a_load(void) {
    const char *path = temp_path("good.cache");
    LLMHandle handle = open_model(lines);
    CHECK_INT(run_saving(handle, "x", path, 0), 0);
    load_after_abort(handle, path, RELEASE_LOADS_AFTER_ABORT ? 0 : -1);
    if (RELEASE_LOADS_AFTER_ABORT) {
        CHECK_INT(rkllm_release_prompt_cache(handle), 0);
    } else {
        CHECK_HAS(reported(), "rkllm_load_prompt_cache was called after an aborted run without a "
                              "clear, which ends the process in release 1.2");
    }
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, NULL, NULL), 0);
    CHECK_INT(rkllm_load_prompt_cache(handle, path), 0);
    CHECK_INT(rkllm_release_prompt_cache(handle), 0);
    recorder.hook = abort_at_first;
    CHECK_INT(ask(handle, "x"), 0);
    recorder.hook = NULL;
    answer(handle, "x"); /* the last run was not aborted */
    CHECK_INT(rkllm_load_prompt_cache(handle, path), 0);
    close_model(handle);
}

static void crash_body(void) {
    const char *path = temp_path("crash.cache");
    signal(SIGSEGV, SIG_DFL); /* not the sanitizer's report */
    LLMHandle handle = open_model("fault: prompt-cache-crash\nwhen: *\nsay: one two three\n");
    if (run_saving(handle, "x", path, 0) != 0 || rkllm_load_prompt_cache(handle, path) != 0 ||
        rkllm_release_prompt_cache(handle) != 0) {
        _exit(1);
    }
    load_after_abort(handle, path, 0);
}

static void load_after_an_aborted_run_may_crash(void) {
    int status = in_child(crash_body, 10000);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static void refused(LLMHandle handle, const char *content, const char *words) {
    const char *path = temp_path("bad.cache");
    write_file(path, content, strlen(content));
    CHECK_INT(rkllm_load_prompt_cache(handle, path), -1);
    CHECK_HAS(logged(), words);
}

static void files_that_do_not_fit(void) {
    const char *path = temp_path("good.cache");
    LLMHandle handle = open_model(lines);
    CHECK_INT(run_saving(handle, "x", path, 0), 0);
    Bytes good = {0};
    bytes_append_text(&good, read_text(path));
    close_model(handle);

    handle = open_model("name: cached\nwhen: *\nsay: another file\n");
    CHECK_INT(rkllm_load_prompt_cache(handle, path), -1);
    CHECK_HAS(logged(), " was written with another model (cached), but this is cached\n");
    close_model(handle);

    handle = open_model(lines);
    CHECK_INT(rkllm_load_prompt_cache(handle, "/nonexistent.cache"), -1);
    refused(handle, "hello", "its first line must be RKLLM-SIMULATOR-PROMPT-CACHE 1");
    refused(handle, "RKLLM-SIMULATOR-PROMPT-CACHE 1\n", " is damaged\n");
    refused(handle, "RKLLM-SIMULATOR-PROMPT-CACHE 1\nruntime: 1.2.1\nmodel: x\nfile: 0\n",
            " was written by release 1.2.1, but this is ");
    size_t length = good.length;
    bytes_append_text(&good, "7\n");
    refused(handle, good.data, " is damaged, or has more than ");
    good.data[length] = '\0';
    char *cut = strstr(good.data, "tokens: ");
    cut[10] = '\0';
    refused(handle, good.data, " is damaged, or has more than ");
    CHECK_TEXT(reported(), "");
    CHECK_INT(rkllm_load_prompt_cache(handle, NULL), -1);
    CHECK_HAS(reported(), "rkllm_load_prompt_cache was given NULL for its path");
    CHECK_TEXT(answer(handle, "x"), "one two three");
    bytes_free(&good);
    close_model(handle);
}

static void broken_files_do_not_crash(void) {
    const char *path = temp_path("fuzz.cache");
    LLMHandle handle = open_model(lines);
    CHECK_INT(run_saving(handle, "x", path, 0), 0);
    Bytes good = {0};
    bytes_append_text(&good, read_text(path));
    for (size_t i = 0; i < good.length; i += 3) {
        for (int kind = 0; kind < 3; kind++) {
            char saved = good.data[i];
            good.data[i] = "9-\n"[kind];
            write_file(path, good.data, good.length);
            if (rkllm_load_prompt_cache(handle, path) == 0) {
                answer(handle, "x");
                CHECK_INT(rkllm_release_prompt_cache(handle), 0);
            }
            good.data[i] = saved;
        }
    }
    bytes_free(&good);
    close_model(handle);
}

/* A kept conversation is not discarded. */
static void history_stays(void) {
    const char *path = temp_path("other.cache");
    LLMHandle handle = open_model("when: my name is {name}\nsay: Hello.\n"
                                  "when: what is my name\nsay: {name}\nelse: unknown\n");
    CHECK_INT(run_saving(handle, "x", path, 0), 0);
    answer_in_chat(handle, "My name is Ada");
    CHECK_INT(rkllm_load_prompt_cache(handle, path), 0);
    CHECK_TEXT(answer_in_chat(handle, "What is my name?"), "Ada");
    CHECK_INT(rkllm_release_prompt_cache(handle), 0);
    CHECK_TEXT(answer_in_chat(handle, "What is my name?"), "Ada");
    close_model(handle);
}

TESTS(prompt_cache, {"loaded cache goes on as its run", loaded_cache_goes_on_as_its_run, false},
      {"written after the first token", written_after_the_first_token, false},
      {"paths that cannot be written", paths_that_cannot_be_written, false},
      {"null path is a file of its own", null_path_is_a_file_of_its_own, false},
      {"aborted runs before a load", aborted_runs_before_a_load, false},
      {"load after an aborted run may crash", load_after_an_aborted_run_may_crash, false},
      {"files that do not fit", files_that_do_not_fit, false},
      {"broken files do not crash", broken_files_do_not_crash, false},
      {"history stays", history_stays, false})
