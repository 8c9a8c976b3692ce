/*
 * Handles. The caller receives a key instead of the address of a handle. The key is looked up in a
 * table, so that destroyed and invalid handles are detected without accessing freed memory.
 *
 * A call has exclusive use of its handle; a concurrent second call is misuse. Only rkllm_abort and
 * rkllm_is_running may be called while another call is in progress.
 */
#ifndef SIM_HANDLE_H
#define SIM_HANDLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "chat_template.h"
#include "emitter.h"
#include "kv_cache.h"
#include "lora.h"
#include "model.h"
#include "output.h"
#include "pause.h"
#include "processors.h"
#include "prompt_cache.h"
#include "rkllm.h"
#include "settings.h"
#include "tokenizer.h"
#include "worker.h"

/*
 * The number of positions of the context that are not available to a prompt, according to the
 * vendor's numbers.
 */
enum { CONTEXT_RESERVE = 4 };

typedef struct Handle {
    void *key;
    /* Guarded by the table's lock. */
    const char *busy;  /* the function that uses the handle, or NULL */
    bool running;      /* that function is a run */
    bool ending;       /* an asynchronous run has made its last callback */
    bool has_runner;   /* runner is valid */
    pthread_t runner;  /* the thread that makes the callbacks of the run */
    /* Set by any thread, read between two tokens. */
    atomic_bool abort_requested;
    /* The remaining fields belong to the call that uses the handle. */
    Settings settings;
    Model *model;
    Tokenizer *tokenizer;
    size_t batch;    /* number of inputs in each run */
    KvCache *caches; /* one for each input */
    Processors processors;
    bool has_npu_memory;
    CrossAttention attention;
    PromptCache prompt_cache;
    Adapters adapters;
    Chat chat;
    Pause pause;
    bool aborted; /* the last run was aborted, and nothing has been cleared since */
    bool spoiled; /* the abort makes every run fail, as set in the model file */
    Emitter emitter;
    long runs; /* number of runs started so far */
    Output kept_output; /* of the last run with an output */
    void *result_userdata; /* 1.3 only: for runs without their own userdata */
    Worker worker;
    int max_context;
    int log_level;
} Handle;

/* Adds a handle to the table and assigns a key. Returns false if no key is left. */
bool handle_register(Handle *handle);
/* Removes a handle from the table. Its key is not reused. */
void handle_unregister(Handle *handle);

/* Performs the fault that the model file requests for a function. The handle need not exist. */
void handle_fault(LLMHandle key, Call call);

/* Acquires the handle for a call. Returns NULL after reporting misuse. */
Handle *handle_take(LLMHandle key, const char *function, bool is_run);
/*
 * Acquires the handle as handle_take does, but waits, for a limited time, for a run that was asked
 * to end.
 */
Handle *handle_take_after_abort(LLMHandle key, const char *function);
/* Releases the handle. */
void handle_release(Handle *handle);
/* Notes that an unknown thread, not the caller's, makes the callbacks. */
void handle_leave_to_worker(Handle *handle);
/* Notes that the current thread makes the callbacks, and that there are no more of them to come. */
void handle_set_runner(Handle *handle);
void handle_set_ending(Handle *handle);

/* Requests the current run to end. Returns false after reporting misuse. */
bool handle_abort(LLMHandle key);
/* Returns 1 if running, 0 if idle, or -1 after reporting misuse. */
int handle_running(LLMHandle key);

#endif
