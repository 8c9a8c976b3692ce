/*
 * The C tests of the simulator. They are linked with its sources, so that the sanitizers see both,
 * and use it through rkllm.h as any caller does.
 *
 * While a test runs, stdout and stderr go to files, which logged() and reported() read.
 */
#ifndef TEST_HARNESS_H
#define TEST_HARNESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"
#include "rkllm.h"

typedef struct Test {
    const char *name;
    void (*run)(void);
    bool threads; /* worth running under ThreadSanitizer */
} Test;

#define TESTS(group, ...)                       \
    const Test group##_tests[] = {__VA_ARGS__}; \
    const size_t group##_count = sizeof group##_tests / sizeof *group##_tests;

/* Checks report the first failure of a test and let it go on. */
#define CHECK(condition) check((condition), __FILE__, __LINE__, #condition)
#define CHECK_INT(actual, expected) \
    check_int((actual), (expected), __FILE__, __LINE__, #actual)
#define CHECK_TEXT(actual, expected) \
    check_text((actual), (expected), __FILE__, __LINE__, #actual)
#define CHECK_HAS(text, part) check_has((text), (part), __FILE__, __LINE__, #text)

bool check(bool ok, const char *file, int line, const char *what);
bool check_int(long actual, long expected, const char *file, int line, const char *what);
bool check_text(const char *actual, const char *expected, const char *file, int line,
                const char *what);
bool check_has(const char *text, const char *part, const char *file, int line, const char *what);

/* What the test has printed so far; valid until the next call. */
const char *logged(void);
const char *reported(void);

/* Path of the demonstration model. */
extern const char *demo_model;

/* A path in the tests' own folder; valid until the end of the test. */
const char *temp_path(const char *name);
void write_file(const char *path, const char *content, size_t length);
/* The content of a file, "" when there is none; valid until the next call. */
const char *read_text(const char *path);
/* Writes a model file with these lines after its magic and returns its path. */
const char *model_file(const char *lines);

/* One callback as it was seen. */
typedef struct Event {
    LLMCallState state;
    bool null_result;
    bool null_text;
    char text[64]; /* its beginning */
    int32_t token_id;
    RKLLMPerfStat perf;
    pthread_t thread;
} Event;

/* Records the callbacks of a run. */
typedef struct Recorder {
    Event *events; /* the first MAX_EVENTS */
    size_t count;
    size_t normal; /* how many of each */
    size_t waiting;
    size_t stop; /* of the NORMAL ones, those of the end of sequence */
    size_t finish;
    size_t error;
    Bytes text; /* of all NORMAL and WAITING callbacks */
    RKLLMPerfStat perf;
    float *output; /* a copy of the last logits or hidden states */
    size_t rows;
    size_t width;
    const float *late_output; /* where they were */
    const char *last_text;     /* pointers that are stale once the callback has returned */
    const RKLLMResult *last_result;
    /* Called within each callback; its value is returned to the runtime. NULL: 0. */
    int (*hook)(struct Recorder *recorder, LLMCallState state);
    LLMHandle handle;
    void *extra;
    pthread_mutex_t lock;
    pthread_cond_t changed;
} Recorder;

enum { MAX_EVENTS = 256 };

int record(RKLLMResult *result, void *userdata, LLMCallState state);
/* Forgets what was recorded; the hook stays. */
void recorder_clear(Recorder *recorder);
void recorder_wait(Recorder *recorder, size_t normal);
void recorder_wait_end(Recorder *recorder);

/* Runs body in a child; returns its wait status, killing it after that time. -1: it was killed. */
int in_child(void (*body)(void), int ms);

/* The recorder of the test; fresh for each. */
extern Recorder recorder;

/* rkllm_init with record as the callback. */
int init(LLMHandle *handle, RKLLMParam *param);
/* Defaults with the context as large as the model allows, and its path. */
RKLLMParam params_for(const char *path);
/* Loads a model with these lines; the test has failed when it does not load. */
LLMHandle open_model(const char *lines);
/* A run with a prompt as the user; recorder has what came. Returns what rkllm_run returned. */
int ask(LLMHandle handle, const char *prompt);
int ask_with(LLMHandle handle, const char *prompt, const char *role, bool thinking, int history);
int run_input(LLMHandle handle, RKLLMInput *input, RKLLMInferMode mode, int history);
/* Input of these kinds. */
RKLLMInput prompt_input(const char *prompt);
RKLLMInput token_input(const Tokens *tokens);
/* The tokens of a text as the model in that file has them; free them with tokens_free. */
Tokens tokens_of(const char *path, const char *text);
/* Logits or hidden states of a prompt, after a run that must succeed: recorder.output. */
const float *output_of(LLMHandle handle, const char *prompt, RKLLMInferMode mode);
/* The token that ends an answer, as every vocabulary of these tests has it. */
enum { END_OF_SEQUENCE = 258 };
/* Tokens of the last answer but the one that ends it; none of them waited. */
long said(void);
/* The text of the answer, after a run that must succeed. */
const char *answer(LLMHandle handle, const char *prompt);
const char *answer_in_chat(LLMHandle handle, const char *prompt);
int cache_size(LLMHandle handle);
void close_model(LLMHandle handle);

#endif
