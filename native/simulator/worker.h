/*
 * The thread of a handle that makes asynchronous runs. Started with the first of them, ended by
 * destroy. It is of the library's own making: a JVM has never seen it.
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
    struct Request *request; /* to be run; the worker frees it */
    bool stop;
    bool done; /* the last request has been run */
    bool waited; /* somebody waits for its result, and releases the handle */
    int result;
} Worker;

/* Hands over a run. wait: returns its result when it is over; otherwise 0 at once. */
int worker_run(struct Handle *handle, struct Request *request, bool wait);
/* Ends the thread; it must be idle. */
void worker_stop(struct Handle *handle);

#endif
