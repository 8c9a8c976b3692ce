/*
 * Counted memory. Every allocation of the simulator goes through these functions, so that the
 * ledger can show a leak. They never return NULL: without memory the process ends with a message.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory; free it with sim_free. */
void *sim_alloc(size_t size);
/* Like realloc; memory that is added is not zeroed. */
void *sim_resize(void *memory, size_t size);
void sim_free(void *memory);
/* A copy of a text; NULL stays NULL. */
char *sim_copy_text(const char *text);
/* A NUL-terminated copy of length bytes. */
char *sim_copy_bytes(const char *bytes, size_t length);
/* How many allocations are live in this library, over all handles. */
long sim_live_allocations(void);

/* A growing byte string. Zero-initialised is empty; data is NUL-terminated once it is not NULL. */
typedef struct Bytes {
    char *data;
    size_t length;
    size_t capacity;
} Bytes;

void bytes_append(Bytes *bytes, const char *data, size_t length);
void bytes_append_text(Bytes *bytes, const char *text);
void bytes_append_char(Bytes *bytes, char c);
__attribute__((format(printf, 2, 3)))
void bytes_append_format(Bytes *bytes, const char *format, ...);
/* The content as a C string; "" when empty. */
const char *bytes_text(const Bytes *bytes);
void bytes_clear(Bytes *bytes);
void bytes_free(Bytes *bytes);

/* A growing list of token ids. Zero-initialised is empty. */
typedef struct Tokens {
    int32_t *ids;
    size_t count;
    size_t capacity;
} Tokens;

void tokens_append(Tokens *tokens, int32_t id);
void tokens_free(Tokens *tokens);

/* Makes room for one more element in an array that grows by doubling. */
void *sim_grow(void *array, size_t count, size_t *capacity, size_t element_size);

#endif
