#include "times.h"

#include <inttypes.h>
#include <stdio.h>

#include "memory.h"

void times_append(Times *times, int64_t before, int64_t after) {
    times->items = sim_grow(times->items, times->count, &times->capacity, sizeof *times->items);
    times->items[times->count++] = (CallbackTime){before, after};
}

void times_write(Times *times, const char *path) {
    FILE *file = fopen(path, "ae");
    for (size_t i = 0; file != NULL && i < times->count; i++) {
        fprintf(file, "%" PRId64 " %" PRId64 "\n", times->items[i].before, times->items[i].after);
    }
    if (file == NULL || fclose(file) != 0) {
        fprintf(stderr, "rkllm simulator: cannot write the times %s\n", path);
    }
    times->count = 0;
}

void times_free(Times *times) {
    sim_free(times->items);
    *times = (Times){0};
}
