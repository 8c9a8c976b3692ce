/*
 * The C tests of the simulator. They are linked with its sources, so that the sanitizers cover
 * both, and call it through rkllm.h like any client.
 *
 * While a test runs, stdout and stderr are redirected to files, which logged() and reported() read.
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
    bool threads; /* useful under ThreadSanitizer */
} Test;

#define TESTS(group, ...)                       \
    const Test group##_tests[] = {__VA_ARGS__}; \
    const size_t group##_count = sizeof group##_tests / sizeof *group##_tests;

/* Checks report the first failure of a test, which then continues. */
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

/* Returns the output of the test so far; valid until the next call. */
const char *logged(void);
const char *reported(void);

/* The path of the demonstration model. */
extern const char *demo_model;

/* Returns a path in the tests' folder; valid until the end of the test. */
const char *temp_path(const char *name);
void write_file(const char *path, const char *content, size_t length);
/* Returns the content of a file, or "" if there is none; valid until the next call. */
const char *read_text(const char *path);
/* Writes a model file with these lines after its magic and returns its path. */
const char *model_file(const char *lines);

/* A recorded callback. */
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
    size_t normal; /* numbers of callbacks by kind */
    size_t waiting;
    size_t stop; /* NORMAL callbacks for the end of the sequence */
    size_t finish;
    size_t error;
    Bytes text; /* of all NORMAL and WAITING callbacks */
    RKLLMPerfStat perf;
    float *output; /* a copy of the last logits or hidden states */
    size_t rows;
    size_t width;
    const float *late_output; /* their address */
    const char *last_text;     /* pointers that are invalid once the callback has returned */
    const RKLLMResult *last_result;
    /* Called within each callback; its return value is that of the callback. NULL for 0. */
    int (*hook)(struct Recorder *recorder, LLMCallState state);
    LLMHandle handle;
    void *extra;
    pthread_mutex_t lock;
    pthread_cond_t changed;
} Recorder;

enum { MAX_EVENTS = 256 };

int record(RKLLMResult *result, void *userdata, LLMCallState state);
/* Clears the recorded values; the hook is kept. */
void recorder_clear(Recorder *recorder);
void recorder_wait(Recorder *recorder, size_t normal);
void recorder_wait_end(Recorder *recorder);

/*
 * Runs body in a child process and returns its wait status, or -1 if it was killed after the given
 * time.
 */
int in_child(void (*body)(void), int ms);

/* The recorder of the current test. */
extern Recorder recorder;

/* Calls rkllm_init with record as the callback. */
int init(LLMHandle *handle, RKLLMParam *param);
/* Returns the defaults with the given path and the largest possible context. */
RKLLMParam params_for(const char *path);
/* Loads a model with these lines. The test fails if it does not load. */
LLMHandle open_model(const char *lines);
/* Runs a prompt with the role user and records the callbacks. Returns the code of rkllm_run. */
int ask(LLMHandle handle, const char *prompt);
int ask_with(LLMHandle handle, const char *prompt, const char *role, bool thinking, int history);
int run_input(LLMHandle handle, RKLLMInput *input, RKLLMInferMode mode, int history);
/* Return inputs of these kinds. */
RKLLMInput prompt_input(const char *prompt);
RKLLMInput token_input(const Tokens *tokens);
/* Returns the tokens of a text according to the model in that file; free them with tokens_free. */
Tokens tokens_of(const char *path, const char *text);
/* Returns the logits or hidden states of a prompt (recorder.output). The run must succeed. */
const float *output_of(LLMHandle handle, const char *prompt, RKLLMInferMode mode);
/* The token that ends an answer, which is the same in all vocabularies of these tests. */
enum { END_OF_SEQUENCE = 258 };
/*
 * Returns the number of tokens of the last answer, without the one that ends it; none was WAITING.
 */
long said(void);
/* Returns the text of the answer. The run must succeed. */
const char *answer(LLMHandle handle, const char *prompt);
const char *answer_in_chat(LLMHandle handle, const char *prompt);
int cache_size(LLMHandle handle);
void close_model(LLMHandle handle);

#endif
