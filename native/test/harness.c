#include "harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "groups.h"
#include "model.h"
#include "tokenizer.h"

__attribute__((weak)) void __sanitizer_set_report_fd(void *fd);

const char *demo_model;
Recorder recorder;

static char folder[64];
static Bytes failure;
static int real_stdout;
static int real_stderr;

/* ---- checks ---- */

bool check(bool ok, const char *file, int line, const char *what) {
    if (!ok && failure.length == 0) {
        bytes_append_format(&failure, "%s:%d: %s", strrchr(file, '/') + 1, line, what);
    }
    return ok;
}

bool check_int(long actual, long expected, const char *file, int line, const char *what) {
    char message[256];
    snprintf(message, sizeof message, "%.120s is %ld, expected %ld", what, actual, expected);
    return check(actual == expected, file, line, message);
}

bool check_text(const char *actual, const char *expected, const char *file, int line,
                const char *what) {
    char message[512];
    snprintf(message, sizeof message, "%.80s is '%.160s', expected '%.160s'", what, actual,
             expected);
    return check(strcmp(actual, expected) == 0, file, line, message);
}

bool check_has(const char *text, const char *part, const char *file, int line, const char *what) {
    char message[512];
    snprintf(message, sizeof message, "%.80s has no '%.160s' but '%.160s'", what, part, text);
    return check(strstr(text, part) != NULL, file, line, message);
}

/* ---- files ---- */

const char *temp_path(const char *name) {
    static char paths[16][128];
    static unsigned next;
    char *path = paths[next++ % 16];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

void write_file(const char *path, const char *content, size_t length) {
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(content, 1, length, file) != length) {
        abort();
    }
    fclose(file);
}

static const char *read_into(const char *path, Bytes *out) {
    char chunk[4096];
    size_t read;
    bytes_clear(out);
    FILE *file = fopen(path, "rb");
    while (file != NULL && (read = fread(chunk, 1, sizeof chunk, file)) > 0) {
        bytes_append(out, chunk, read);
    }
    if (file != NULL) {
        fclose(file);
    }
    return bytes_text(out);
}

const char *read_text(const char *path) {
    static Bytes text;
    return read_into(path, &text);
}

const char *logged(void) {
    static Bytes text;
    fflush(stdout);
    return read_into(temp_path("stdout"), &text);
}

const char *reported(void) {
    static Bytes text;
    return read_into(temp_path("stderr"), &text);
}

const char *model_file(const char *lines) {
    Bytes content = {0};
    bytes_append_text(&content, "RKLLM-SIMULATOR-MODEL 1\n");
    bytes_append_text(&content, lines);
    const char *path = temp_path("model.rkllm");
    write_file(path, content.data, content.length);
    bytes_free(&content);
    return path;
}

/* ---- recording ---- */

static void keep_output(Recorder *to, const float *floats, int rows, int width) {
    if (floats == NULL) {
        return;
    }
    size_t size = (size_t)rows * (size_t)width * sizeof *floats;
    free(to->output);
    to->output = malloc(size);
    memcpy(to->output, floats, size);
    to->rows = (size_t)rows;
    to->width = (size_t)width;
    to->late_output = floats;
}

int record(RKLLMResult *result, void *userdata, LLMCallState state) {
    Recorder *to = userdata;
    pthread_mutex_lock(&to->lock);
    Event event = {.state = state, .null_result = result == NULL, .thread = pthread_self()};
    if (result != NULL) {
        event.null_text = result->text == NULL;
        event.token_id = result->token_id;
        event.perf = result->perf;
        keep_output(to, result->logits.logits, result->logits.num_tokens,
                    result->logits.vocab_size);
        keep_output(to, result->last_hidden_layer.hidden_states,
                    result->last_hidden_layer.num_tokens, result->last_hidden_layer.embd_size);
        to->last_text = result->text;
        to->last_result = result;
        if (result->text != NULL) {
            snprintf(event.text, sizeof event.text, "%s", result->text);
            if (state == RKLLM_RUN_NORMAL || state == RKLLM_RUN_WAITING) {
                bytes_append_text(&to->text, result->text);
            }
        }
        if (state == RKLLM_RUN_FINISH) {
            to->perf = result->perf;
        }
    }
    if (to->count < MAX_EVENTS) {
        to->events[to->count] = event;
    }
    to->count++;
    to->normal += state == RKLLM_RUN_NORMAL;
    to->stop += state == RKLLM_RUN_NORMAL && event.token_id == END_OF_SEQUENCE;
    to->waiting += state == RKLLM_RUN_WAITING;
    to->finish += state == RKLLM_RUN_FINISH;
    to->error += state == RKLLM_RUN_ERROR;
    /*
     * Read before another thread that waits for this event continues and possibly sets another
     * hook.
     */
    int (*hook)(struct Recorder *, LLMCallState) = to->hook;
    pthread_cond_broadcast(&to->changed);
    pthread_mutex_unlock(&to->lock);
    return hook == NULL ? 0 : hook(to, state);
}

void recorder_clear(Recorder *to) {
    pthread_mutex_lock(&to->lock);
    to->count = to->normal = to->stop = to->waiting = to->finish = to->error = 0;
    to->perf = (RKLLMPerfStat){0};
    bytes_clear(&to->text);
    pthread_mutex_unlock(&to->lock);
}

void recorder_wait(Recorder *to, size_t normal) {
    pthread_mutex_lock(&to->lock);
    while (to->normal + to->waiting < normal && to->finish + to->error == 0) {
        pthread_cond_wait(&to->changed, &to->lock);
    }
    pthread_mutex_unlock(&to->lock);
}

void recorder_wait_end(Recorder *to) {
    recorder_wait(to, (size_t)-1);
}

static void recorder_create(Recorder *to) {
    *to = (Recorder){.events = calloc(MAX_EVENTS, sizeof(Event))};
    pthread_mutex_init(&to->lock, NULL);
    pthread_cond_init(&to->changed, NULL);
}

static void recorder_free(Recorder *to) {
    free(to->events);
    free(to->output);
    bytes_free(&to->text);
    pthread_cond_destroy(&to->changed);
    pthread_mutex_destroy(&to->lock);
}

/* ---- calling the runtime ---- */

int init(LLMHandle *handle, RKLLMParam *param) {
#if RKLLM_ABI == 12
    return rkllm_init(handle, param, record);
#else
    RKLLMCallback callback = {.result_callback = record, .result_userdata = &recorder};
    return rkllm_init(handle, param, &callback);
#endif
}

RKLLMParam params_for(const char *path) {
    RKLLMParam param = rkllm_createDefaultParam();
    param.model_path = path;
    param.max_context_len = 4096;
    return param;
}

LLMHandle open_model(const char *lines) {
    LLMHandle handle = NULL;
    RKLLMParam param = params_for(model_file(lines));
    if (!CHECK_INT(init(&handle, &param), 0)) {
        dprintf(real_stdout, "%s", logged());
    }
    return handle;
}

int ask_with(LLMHandle handle, const char *prompt, const char *role, bool thinking, int history) {
    RKLLMInput input = {.role = role,
                        .enable_thinking = thinking,
                        .input_type = RKLLM_INPUT_PROMPT,
                        .prompt_input = prompt};
    RKLLMInferParam params = {.mode = RKLLM_INFER_GENERATE, .keep_history = history};
    recorder_clear(&recorder);
    return rkllm_run(handle, &input, &params, &recorder);
}

int run_input(LLMHandle handle, RKLLMInput *input, RKLLMInferMode mode, int history) {
    RKLLMInferParam params = {.mode = mode, .keep_history = history};
    recorder_clear(&recorder);
    return rkllm_run(handle, input, &params, &recorder);
}

RKLLMInput prompt_input(const char *prompt) {
    return (RKLLMInput){.input_type = RKLLM_INPUT_PROMPT, .prompt_input = prompt};
}

RKLLMInput token_input(const Tokens *tokens) {
    return (RKLLMInput){.input_type = RKLLM_INPUT_TOKEN,
                        .token_input = {tokens->ids, tokens->count}};
}

Tokens tokens_of(const char *path, const char *text) {
    Tokens tokens = {0};
    Model *model = model_read(path);
    Tokenizer *tokenizer = tokenizer_create(model);
    tokenizer_encode(tokenizer, text, strlen(text), &tokens);
    tokenizer_free(tokenizer);
    model_free(model);
    return tokens;
}

const float *output_of(LLMHandle handle, const char *prompt, RKLLMInferMode mode) {
    RKLLMInput input = prompt_input(prompt);
    CHECK_INT(run_input(handle, &input, mode, 0), 0);
    CHECK(recorder.output != NULL);
    return recorder.output;
}

long said(void) {
    return (long)(recorder.normal - recorder.stop);
}

int ask(LLMHandle handle, const char *prompt) {
    return ask_with(handle, prompt, "user", false, 0);
}

const char *answer(LLMHandle handle, const char *prompt) {
    CHECK_INT(ask(handle, prompt), 0);
    return bytes_text(&recorder.text);
}

const char *answer_in_chat(LLMHandle handle, const char *prompt) {
    CHECK_INT(ask_with(handle, prompt, "user", false, 1), 0);
    return bytes_text(&recorder.text);
}

int cache_size(LLMHandle handle) {
    int size = -1;
    CHECK_INT(rkllm_get_kv_cache_size(handle, &size), 0);
    return size;
}

void close_model(LLMHandle handle) {
    CHECK_INT(rkllm_destroy(handle), 0);
}

/* ---- processes ---- */

int in_child(void (*body)(void), int ms) {
    pid_t child = fork();
    if (child == 0) {
        body();
        _exit(0);
    }
    for (int waited = 0; waited < ms; waited += 10) {
        int status;
        if (waitpid(child, &status, WNOHANG) == child) {
            return status;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return -1;
}

/* ---- running ---- */

static void redirect(const char *name, int fd) {
    int file = open(temp_path(name), O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
    if (file < 0 || dup2(file, fd) < 0) {
        abort();
    }
    close(file);
}

static void restore(void) {
    fflush(stdout);
    dup2(real_stdout, STDOUT_FILENO);
    dup2(real_stderr, STDERR_FILENO);
}

static bool run_test(const Test *test) {
    struct timespec start, end;
    bytes_clear(&failure);
    recorder_create(&recorder);
    clock_gettime(CLOCK_MONOTONIC, &start);
    redirect("stdout", STDOUT_FILENO);
    redirect("stderr", STDERR_FILENO);
    test->run();
    restore();
    clock_gettime(CLOCK_MONOTONIC, &end);
    recorder_free(&recorder);
    bool ok = failure.length == 0;
    double seconds =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    printf("%s %s (%.2f s)%s%s\n", ok ? "ok  " : "FAIL", test->name, seconds, ok ? "" : "\n     ",
           bytes_text(&failure));
    fflush(stdout);
    return ok;
}

static void remove_folder(void) {
    DIR *directory = opendir(folder);
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            unlink(temp_path(entry->d_name));
        }
    }
    closedir(directory);
    rmdir(folder);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s DEMO_MODEL [threads | TEST]\n", argv[0]);
        return 2;
    }
    demo_model = argv[1];
    bool threads = argc > 2 && strcmp(argv[2], "threads") == 0;
    const char *only = argc > 2 && !threads ? argv[2] : NULL;
    snprintf(folder, sizeof folder, "/tmp/rkllm-simulator-test-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return 2;
    }
    real_stdout = dup(STDOUT_FILENO);
    real_stderr = dup(STDERR_FILENO);
    if (__sanitizer_set_report_fd != NULL) {
        __sanitizer_set_report_fd((void *)(intptr_t)real_stderr);
    }
    int passed = 0;
    int failed = 0;
    for (size_t group = 0; group < test_group_count; group++) {
        for (size_t i = 0; i < *test_groups[group].count; i++) {
            const Test *test = &test_groups[group].tests[i];
            if ((threads && !test->threads) || (only != NULL && strcmp(only, test->name) != 0)) {
                continue;
            }
            *(run_test(test) ? &passed : &failed) += 1;
        }
    }
    remove_folder();
    bytes_free(&failure);
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
