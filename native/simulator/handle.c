#include "handle.h"

#include "ledger.h"
#include "log.h"

/* All live handles of this library. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t released;
    Handle **handles;
    size_t count;
    size_t capacity;
    uintptr_t last_serial;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER, .released = PTHREAD_COND_INITIALIZER};

/* Keys of one library differ from those of another one in the process. */
static void *make_key(uintptr_t serial) {
    return (void *)(((uintptr_t)&table << 20 & 0x7FFFFFFFFFFFFFFFu) + serial * 16);
}

void handle_register(Handle *handle) {
    pthread_mutex_lock(&table.lock);
    table.handles = sim_grow(table.handles, table.count, &table.capacity, sizeof *table.handles);
    table.handles[table.count++] = handle;
    handle->key = make_key(++table.last_serial);
    pthread_mutex_unlock(&table.lock);
    ledger_count_handles(1);
}

void handle_unregister(Handle *handle) {
    pthread_mutex_lock(&table.lock);
    for (size_t i = 0; i < table.count; i++) {
        if (table.handles[i] == handle) {
            table.handles[i] = table.handles[--table.count];
            break;
        }
    }
    if (table.count == 0) {
        sim_free(table.handles);
        table.handles = NULL;
        table.capacity = 0;
    }
    pthread_mutex_unlock(&table.lock);
    ledger_count_handles(-1);
}

/* The lock is held. */
static Handle *find(LLMHandle key) {
    for (size_t i = 0; i < table.count; i++) {
        if (table.handles[i]->key == key) {
            return table.handles[i];
        }
    }
    return NULL;
}

static void report_unknown(LLMHandle key, const char *function) {
    if (key == NULL) {
        report_misuse("%s was given a NULL handle", function);
    } else {
        report_misuse("%s was given a handle that is not live (%p)", function, key);
    }
}

/* The lock is held. An asynchronous run that only has to return is waited for. */
static Handle *wait_for_ending(LLMHandle key, Handle *handle) {
    while (handle != NULL && handle->busy != NULL && handle->ending &&
           !pthread_equal(handle->runner, pthread_self())) {
        pthread_cond_wait(&table.released, &table.lock);
        handle = find(key);
    }
    return handle;
}

Handle *handle_take(LLMHandle key, const char *function, bool is_run) {
    pthread_mutex_lock(&table.lock);
    Handle *handle = wait_for_ending(key, find(key));
    const char *busy = handle == NULL ? NULL : handle->busy;
    if (handle != NULL && busy == NULL) {
        handle->busy = function;
        handle->running = is_run;
        handle->runner = pthread_self();
        handle->ending = false;
    }
    pthread_mutex_unlock(&table.lock);
    if (handle == NULL) {
        report_unknown(key, function);
        return NULL;
    }
    if (busy != NULL) {
        report_misuse("%s was called while %s is under way on the same handle", function, busy);
        return NULL;
    }
    return handle;
}

void handle_release(Handle *handle) {
    pthread_mutex_lock(&table.lock);
    if (handle->running) {
        /* An abort is for one run only, whether it came in time or not. Under the lock, so that it
         * either belongs to this run or comes when none is in flight. */
        atomic_store(&handle->abort_requested, false);
    }
    handle->busy = NULL;
    handle->running = false;
    handle->ending = false;
    pthread_cond_broadcast(&table.released);
    pthread_mutex_unlock(&table.lock);
}

void handle_set_runner(Handle *handle) {
    pthread_mutex_lock(&table.lock);
    handle->runner = pthread_self();
    pthread_mutex_unlock(&table.lock);
}

void handle_set_ending(Handle *handle) {
    pthread_mutex_lock(&table.lock);
    handle->ending = true;
    pthread_cond_broadcast(&table.released);
    pthread_mutex_unlock(&table.lock);
}

bool handle_abort(LLMHandle key) {
    pthread_mutex_lock(&table.lock);
    Handle *handle = find(key);
    if (handle != NULL && (handle->running || handle->model->abort_stays)) {
        atomic_store_explicit(&handle->abort_requested, true, memory_order_relaxed);
    }
    pthread_mutex_unlock(&table.lock);
    if (handle == NULL) {
        report_unknown(key, "rkllm_abort");
        return false;
    }
    ledger_count_abort();
    return true;
}

int handle_running(LLMHandle key) {
    pthread_mutex_lock(&table.lock);
    const Handle *handle = find(key);
    int running = handle == NULL ? -1 : handle->running;
    pthread_mutex_unlock(&table.lock);
    if (running < 0) {
        report_unknown(key, "rkllm_is_running");
    }
    return running;
}
