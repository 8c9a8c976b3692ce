#include "ending.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"

enum { EXIT_STATUS = 3, SMALLEST_PIECE = 64, LARGEST_PIECE = 1 << 26 };

static const char *const names[] = {"none",    "SIGSEGV", "SIGABRT", "SIGBUS", "SIGKILL",
                                    "exit",    "_exit",   "memory",  "hang"};

bool ending_find(const char *name, Ending *out) {
    for (size_t i = 1; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (Ending)i;
            return true;
        }
    }
    return false;
}

static void abort_like_an_assertion(void) {
    fputs("rkllm simulator: Assertion `simulated' failed.\n", stderr);
    abort();
}

/* Allocates until nothing is left, and then fails as C++ does, whose exception nobody catches. */
static void exhaust_memory(void) {
    const struct rlimit nothing_more = {0, 0};
    setrlimit(RLIMIT_AS, &nothing_more);
    for (size_t size = LARGEST_PIECE; size >= SMALLEST_PIECE; size /= 2) {
        while (malloc(size) != NULL) {
            /* kept forever */
        }
    }
    static const char message[] = "terminate called after throwing an instance of 'std::bad_alloc'\n";
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0) {
        _exit(EXIT_STATUS);
    }
    abort();
}

void ending_perform(Ending ending) {
    switch (ending) {
    case NO_ENDING:
        break;
    case ENDING_SIGSEGV:
        raise(SIGSEGV); /* on this thread: a handler, such as the JVM's, sees a real one */
        break;
    case ENDING_SIGABRT:
        abort_like_an_assertion();
        break;
    case ENDING_SIGBUS:
        raise(SIGBUS);
        break;
    case ENDING_SIGKILL:
        raise(SIGKILL);
        break;
    case ENDING_EXIT:
        exit(EXIT_STATUS);
    case ENDING_QUICK_EXIT:
        _exit(0);
    case ENDING_MEMORY:
        exhaust_memory();
        break;
    case ENDING_HANG:
        clock_sleep_forever();
    }
}
