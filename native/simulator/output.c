#include "output.h"

#include <string.h>
#include <sys/mman.h>

#include "emitter.h"
#include "log.h"

enum { LARGE = 1 << 20 };

bool output_map(Output *output, size_t rows, size_t width) {
    *output = (Output){.rows = rows, .size = rows * width * sizeof(float)};
    if (output->size == 0) {
        return true;
    }
    void *pages = mmap(NULL, output->size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) {
        log_error("failed to map an output buffer of %zu bytes", output->size);
        return false;
    }
    output->floats = pages;
    return true;
}

void output_unmap(Output *output) {
    if (output->floats != NULL) {
        munmap(output->floats, output->size);
    }
    *output = (Output){0};
}

void output_retire(Output *output, Output *kept, bool unmap) {
    if (output->floats == NULL) {
        return;
    }
    if (unmap || output->size > LARGE) {
        output_unmap(output);
        return;
    }
    output_unmap(kept);
    memset(output->floats, EMITTER_POISON, output->size);
    *kept = *output;
    *output = (Output){0};
}
