#include "worker.h"

#include "handle.h"
#include "log.h"
#include "run.h"

/* Workers that a static destructor joins, which is a fault that some libraries have. */
static struct {
    pthread_mutex_t lock;
    Worker *workers[16];
    size_t count;
} at_exit = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *work(void *argument) {
    Handle *handle = argument;
    Worker *worker = &handle->worker;
    pthread_mutex_lock(&worker->lock);
    while (!worker->stop) {
        Request *request = worker->request;
        if (request == NULL) {
            pthread_cond_wait(&worker->changed, &worker->lock);
            continue;
        }
        worker->request = NULL;
        pthread_mutex_unlock(&worker->lock);
        handle_set_runner(handle);
        int result = run_execute(handle, request);
        request_free(request);
        sim_free(request);
        pthread_mutex_lock(&worker->lock);
        worker->result = result;
        worker->done = true;
        pthread_cond_broadcast(&worker->changed);
        if (!worker->waited) {
            handle_release(handle);
        }
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

static void join_at_exit(Worker *worker) {
    pthread_mutex_lock(&at_exit.lock);
    if (at_exit.count < sizeof at_exit.workers / sizeof *at_exit.workers) {
        at_exit.workers[at_exit.count++] = worker;
    }
    pthread_mutex_unlock(&at_exit.lock);
}

static void forget_at_exit(const Worker *worker) {
    pthread_mutex_lock(&at_exit.lock);
    for (size_t i = 0; i < at_exit.count; i++) {
        if (at_exit.workers[i] == worker) {
            at_exit.workers[i] = at_exit.workers[--at_exit.count];
            break;
        }
    }
    pthread_mutex_unlock(&at_exit.lock);
}

static bool start(Handle *handle) {
    Worker *worker = &handle->worker;
    if (worker->started) {
        return true;
    }
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->changed, NULL);
    if (pthread_create(&worker->thread, NULL, work, handle) != 0) {
        log_error("failed to start a thread");
        pthread_cond_destroy(&worker->changed);
        pthread_mutex_destroy(&worker->lock);
        return false;
    }
    worker->started = true;
    if (handle->model->defaults.faults.join_at_exit) {
        join_at_exit(worker);
    }
    return true;
}

int worker_run(Handle *handle, Request *request, bool wait) {
    Worker *worker = &handle->worker;
    if (!start(handle)) {
        request_free(request);
        sim_free(request);
        handle_release(handle);
        return -1;
    }
    handle_leave_to_worker(handle);
    pthread_mutex_lock(&worker->lock);
    worker->request = request;
    worker->done = false;
    worker->waited = wait;
    pthread_cond_broadcast(&worker->changed);
    while (wait && !worker->done) {
        pthread_cond_wait(&worker->changed, &worker->lock);
    }
    int result = wait ? worker->result : 0;
    pthread_mutex_unlock(&worker->lock);
    if (wait) {
        /* Only now, because the next user of the handle may destroy it, and the lock with it. */
        handle_release(handle);
    }
    return result;
}

static void stop_and_join(Worker *worker) {
    pthread_mutex_lock(&worker->lock);
    worker->stop = true;
    pthread_cond_broadcast(&worker->changed);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
}

void worker_stop(Handle *handle) {
    Worker *worker = &handle->worker;
    if (!worker->started) {
        return;
    }
    forget_at_exit(worker);
    stop_and_join(worker);
    pthread_cond_destroy(&worker->changed);
    pthread_mutex_destroy(&worker->lock);
}

__attribute__((destructor)) static void join_workers(void) {
    for (size_t i = 0; i < at_exit.count; i++) {
        stop_and_join(at_exit.workers[i]);
    }
}
