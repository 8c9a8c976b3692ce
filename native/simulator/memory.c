#include "memory.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_long live_allocations;

static void *check(void *memory) {
    if (memory == NULL) {
        fputs("E rkllm: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *sim_alloc(size_t size) {
    void *memory = check(calloc(1, size == 0 ? 1 : size));
    atomic_fetch_add_explicit(&live_allocations, 1, memory_order_relaxed);
    return memory;
}

void *sim_resize(void *memory, size_t size) {
    if (memory == NULL) {
        return sim_alloc(size);
    }
    return check(realloc(memory, size == 0 ? 1 : size));
}

void sim_free(void *memory) {
    if (memory != NULL) {
        atomic_fetch_sub_explicit(&live_allocations, 1, memory_order_relaxed);
        free(memory);
    }
}

char *sim_copy_bytes(const char *bytes, size_t length) {
    char *copy = sim_alloc(length + 1);
    if (length > 0) {
        memcpy(copy, bytes, length);
    }
    return copy;
}

char *sim_copy_text(const char *text) {
    return text == NULL ? NULL : sim_copy_bytes(text, strlen(text));
}

long sim_live_allocations(void) {
    return atomic_load_explicit(&live_allocations, memory_order_relaxed);
}

void *sim_grow(void *array, size_t count, size_t *capacity, size_t element_size) {
    if (count < *capacity) {
        return array;
    }
    *capacity = *capacity == 0 ? 8 : *capacity * 2;
    return sim_resize(array, *capacity * element_size);
}

static void reserve(Bytes *bytes, size_t more) {
    size_t needed = bytes->length + more + 1;
    if (needed <= bytes->capacity) {
        return;
    }
    size_t capacity = bytes->capacity == 0 ? 32 : bytes->capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    bytes->data = sim_resize(bytes->data, capacity);
    bytes->capacity = capacity;
}

void bytes_append(Bytes *bytes, const char *data, size_t length) {
    reserve(bytes, length);
    if (length > 0) {
        memcpy(bytes->data + bytes->length, data, length);
    }
    bytes->length += length;
    bytes->data[bytes->length] = '\0';
}

void bytes_append_text(Bytes *bytes, const char *text) {
    bytes_append(bytes, text, strlen(text));
}

void bytes_append_char(Bytes *bytes, char c) {
    bytes_append(bytes, &c, 1);
}

void bytes_append_format(Bytes *bytes, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    bytes_append_text(bytes, text);
}

const char *bytes_text(const Bytes *bytes) {
    return bytes->data == NULL ? "" : bytes->data;
}

void bytes_clear(Bytes *bytes) {
    bytes->length = 0;
    if (bytes->data != NULL) {
        bytes->data[0] = '\0';
    }
}

void bytes_free(Bytes *bytes) {
    sim_free(bytes->data);
    *bytes = (Bytes){0};
}

void tokens_append(Tokens *tokens, int32_t id) {
    tokens->ids = sim_grow(tokens->ids, tokens->count, &tokens->capacity, sizeof *tokens->ids);
    tokens->ids[tokens->count++] = id;
}

void tokens_free(Tokens *tokens) {
    sim_free(tokens->ids);
    *tokens = (Tokens){0};
}
