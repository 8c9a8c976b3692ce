/*
 * Handles. What the caller holds is a key, not the address of a handle: it is looked up in a table,
 * so that a handle that was destroyed, or never was one, is found out without touching freed memory.
 *
 * A call takes its handle for itself for as long as it lasts; a second call at the same time is
 * misuse. Only rkllm_abort and rkllm_is_running may come while another call is under way.
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

/* Positions of the context that a prompt cannot have, as the vendor's figures show. */
enum { CONTEXT_RESERVE = 4 };

typedef struct Handle {
    void *key;
    /* Guarded by the table's lock. */
    const char *busy;  /* the function that has the handle, or NULL */
    bool running;      /* that function is a run */
    bool ending;       /* an asynchronous run has made its last callback */
    bool has_runner;   /* it is known which thread that is: */
    pthread_t runner;  /* the thread that makes the callbacks of the run */
    /* Set by any thread, looked at between two tokens. */
    atomic_bool abort_requested;
    /* The rest belongs to the call that has the handle. */
    Settings settings;
    Model *model;
    Tokenizer *tokenizer;
    size_t batch;    /* inputs of each run */
    KvCache *caches; /* one for each */
    Processors processors;
    bool has_npu_memory;
    CrossAttention attention;
    PromptCache prompt_cache;
    Adapters adapters;
    Chat chat;
    Pause pause;
    bool aborted; /* the last run was, and nothing has been cleared since */
    bool spoiled; /* by such a run, if the model file has it so: every run fails */
    Emitter emitter;
    long runs; /* begun so far */
    Output kept_output; /* of the last run that had one */
    void *result_userdata; /* 1.3: for runs without userdata of their own */
    Worker worker;
    int max_context;
    int log_level;
} Handle;

/* Puts a handle into the table and gives it a key. False when there is no key left. */
bool handle_register(Handle *handle);
/* Takes it out again; the key never comes back. */
void handle_unregister(Handle *handle);

/* Takes the handle for a call. NULL after a report of misuse. */
Handle *handle_take(LLMHandle key, const char *function, bool is_run);
/* The same, but a run that was asked to end is waited for, not for ever. */
Handle *handle_take_after_abort(LLMHandle key, const char *function);
/* Gives it back. */
void handle_release(Handle *handle);
/* Says that a thread yet unknown makes the callbacks; none of them is the caller's. */
void handle_leave_to_worker(Handle *handle);
/* Says which thread makes the callbacks, and that there are no more of them to come. */
void handle_set_runner(Handle *handle);
void handle_set_ending(Handle *handle);

/* Asks the run under way to end. Returns false after a report of misuse. */
bool handle_abort(LLMHandle key);
/* 1: running, 0: idle, -1 after a report of misuse. */
int handle_running(LLMHandle key);

#endif
