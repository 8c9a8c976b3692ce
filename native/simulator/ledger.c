#include "ledger.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "memory.h"
#include "release.h"

static atomic_long misuse;
static atomic_long runs;
static atomic_long aborts;
static atomic_long generated_tokens;
static atomic_long live_handles;

void ledger_count_misuse(void) {
    atomic_fetch_add(&misuse, 1);
}

void ledger_count_run(void) {
    atomic_fetch_add(&runs, 1);
}

void ledger_count_abort(void) {
    atomic_fetch_add(&aborts, 1);
}

void ledger_count_tokens(long count) {
    atomic_fetch_add(&generated_tokens, count);
}

void ledger_count_handles(int change) {
    atomic_fetch_add(&live_handles, change);
}

void ledger_write(const char *path) {
    if (path == NULL) {
        return;
    }
    char line[256];
    int length = snprintf(line, sizeof line,
                          "live_allocations=%ld live_handles=%ld misuse=%ld runs=%ld aborts=%ld "
                          "tokens=%ld release=%s\n",
                          sim_live_allocations(), atomic_load(&live_handles), atomic_load(&misuse),
                          atomic_load(&runs), atomic_load(&aborts), atomic_load(&generated_tokens),
                          RELEASE_VERSION);
    /* One write in append mode, so that lines of several processes do not mix. */
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0 || write(file, line, (size_t)length) != length) {
        fprintf(stderr, "rkllm simulator: cannot write the ledger %s\n", path);
    }
    if (file >= 0) {
        close(file);
    }
}
