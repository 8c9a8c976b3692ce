/*
 * The thread of a handle that performs asynchronous runs. It is started by the first of them and
 * ended by destroy. It is a thread of the library, which a JVM has not seen before.
 */
#ifndef SIM_WORKER_H
#define SIM_WORKER_H

#include <pthread.h>
#include <stdbool.h>

struct Handle;
struct Request;

typedef struct Worker {
    bool started;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Guarded by the lock. */
    struct Request *request; /* the request to run; the worker frees it */
    bool stop;
    bool done; /* the last request has been run */
    bool waited; /* a caller waits for the result and releases the handle */
    int result;
} Worker;

/* Passes on a run. wait: returns its result when it has ended; otherwise returns 0 immediately. */
int worker_run(struct Handle *handle, struct Request *request, bool wait);
/* Ends the thread, which must be idle. */
void worker_stop(struct Handle *handle);

#endif
