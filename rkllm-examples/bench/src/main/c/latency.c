/* latency LIBRARY MODEL PROMPT: when each token was in the hands of a thread that waits on a
 * condition variable for it, in nanoseconds of the monotonic clock. */
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "runtime.h"

typedef struct Node {
    char *text;
    struct Node *next;
} Node;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static Node *first;
static Node **last = &first;
static bool over;
static Runtime runtime;

static int append(RKLLMResult *result, void *userdata, LLMCallState state) {
    (void)userdata;
    Node *node = NULL;
    if (state == RKLLM_RUN_NORMAL) {
        node = calloc(1, sizeof *node);
        node->text = strdup(result->text);
    }
    pthread_mutex_lock(&lock);
    if (node != NULL) {
        *last = node;
        last = &node->next;
    } else {
        over = true;
    }
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return 0;
}

/* The next token, waited for; NULL: there is none. */
static Node *take(void) {
    pthread_mutex_lock(&lock);
    while (first == NULL && !over) {
        pthread_cond_wait(&changed, &lock);
    }
    Node *node = first;
    if (node != NULL) {
        first = node->next;
        last = first == NULL ? &first : last;
    }
    pthread_mutex_unlock(&lock);
    return node;
}

static void *run(void *prompt) {
    generate(&runtime, prompt);
    return NULL;
}

int main(int count, char **arguments) {
    enum { MOST = 16384 };
    static long long times[MOST];
    if (count != 4) {
        return 2;
    }
    runtime = load(arguments[1], arguments[2], append);
    pthread_t thread;
    pthread_create(&thread, NULL, run, arguments[3]);
    int tokens = 0;
    for (Node *node = take(); node != NULL && tokens < MOST; node = take()) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        times[tokens++] = now.tv_sec * 1000000000LL + now.tv_nsec;
        free(node->text);
        free(node);
    }
    pthread_join(thread, NULL);
    for (int i = 0; i < tokens; i++) {
        printf("@ %lld\n", times[i]);
    }
    return 0;
}
