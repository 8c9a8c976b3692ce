#include "handle.h"

#include <sys/mman.h>
#include <time.h>

#include "ledger.h"
#include "log.h"

/* All live handles of this library. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t released;
    Handle **handles;
    size_t count;
    size_t capacity;
    char *keys; /* inaccessible pages, or NULL */
    size_t next_key;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER, .released = PTHREAD_COND_INITIALIZER};

/*
 * The size of the address range, and the distance between keys: enough for sixteen million handles.
 */
enum { KEY_SPACE = 1 << 28, KEY_STEP = 16 };

/* The time that destroy and clear wait for a run that was asked to end. */
enum { ABORT_TIMEOUT_S = 10 };

/*
 * Creates a key. A key is an address in inaccessible pages: it differs from every other pointer of
 * the process, access through it raises a signal, and it fits into the 47 bits that scripting
 * languages preserve. Keys are not reused. Returns NULL if there are no more. The lock must be
 * held.
 */
static void *make_key(void) {
    if (table.keys == NULL) {
        void *pages = mmap(NULL, KEY_SPACE, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (pages == MAP_FAILED) {
            return NULL;
        }
        table.keys = pages;
    }
    if (table.next_key + KEY_STEP >= KEY_SPACE) {
        return NULL;
    }
    table.next_key += KEY_STEP; /* the first address of the pages is not used as a key */
    return table.keys + table.next_key;
}

__attribute__((destructor)) static void unmap_keys(void) {
    if (table.keys != NULL) {
        munmap(table.keys, KEY_SPACE);
    }
}

bool handle_register(Handle *handle) {
    pthread_mutex_lock(&table.lock);
    handle->key = make_key();
    if (handle->key != NULL) {
        table.handles =
            sim_grow(table.handles, table.count, &table.capacity, sizeof *table.handles);
        table.handles[table.count++] = handle;
        ledger_count_handles(1);
    }
    pthread_mutex_unlock(&table.lock);
    return handle->key != NULL;
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

/* The lock must be held. */
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

/* The lock must be held. */
static bool is_runner(const Handle *handle) {
    return handle->has_runner && pthread_equal(handle->runner, pthread_self());
}

/*
 * Waits for an asynchronous run that only has to return and, if after_abort is set, for any run
 * that was asked to end, until the given time. The lock must be held.
 */
static Handle *wait_for_ending(LLMHandle key, bool after_abort, const struct timespec *until) {
    Handle *handle = find(key);
    while (handle != NULL && handle->busy != NULL && !is_runner(handle)) {
        bool asked = after_abort && handle->running && atomic_load(&handle->abort_requested);
        if (!handle->ending && !asked) {
            break;
        }
        int problem = handle->ending
                          ? pthread_cond_wait(&table.released, &table.lock)
                          : pthread_cond_timedwait(&table.released, &table.lock, until);
        handle = find(key);
        if (problem != 0) {
            break;
        }
    }
    return handle;
}

static Handle *take(LLMHandle key, const char *function, bool is_run, bool after_abort) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ABORT_TIMEOUT_S;
    pthread_mutex_lock(&table.lock);
    Handle *handle = wait_for_ending(key, after_abort, &until);
    const char *busy = handle == NULL ? NULL : handle->busy;
    if (handle != NULL && busy == NULL) {
        handle->busy = function;
        handle->running = is_run;
        handle->runner = pthread_self();
        handle->has_runner = true;
        handle->ending = false;
    }
    pthread_mutex_unlock(&table.lock);
    if (handle == NULL) {
        report_unknown(key, function);
        return NULL;
    }
    if (busy != NULL) {
        report_misuse("%s was called while %s is in progress on the same handle", function, busy);
        return NULL;
    }
    return handle;
}

void handle_fault(LLMHandle key, Call call) {
    pthread_mutex_lock(&table.lock);
    const Handle *handle = find(key);
    Ending ending = handle == NULL ? NO_ENDING : handle->model->defaults.faults.in_call[call];
    pthread_mutex_unlock(&table.lock);
    ending_perform(ending);
}

Handle *handle_take(LLMHandle key, const char *function, bool is_run) {
    return take(key, function, is_run, false);
}

Handle *handle_take_after_abort(LLMHandle key, const char *function) {
    return take(key, function, false, true);
}

void handle_release(Handle *handle) {
    pthread_mutex_lock(&table.lock);
    if (handle->running) {
        /*
         * An abort applies to one run only, whether or not it came in time. Reset under the lock,
         * so that an abort belongs either to this run or to none.
         */
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
    handle->has_runner = true;
    pthread_mutex_unlock(&table.lock);
}

void handle_leave_to_worker(Handle *handle) {
    pthread_mutex_lock(&table.lock);
    handle->has_runner = false;
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
