/*
 * Counted memory. Every allocation of the simulator is made with these functions, so that the
 * ledger can show a leak. They never return NULL: if there is no memory, the process ends with a
 * message.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Allocates zeroed memory, to be freed with sim_free. */
void *sim_alloc(size_t size);
/* Like realloc. Added memory is not zeroed. */
void *sim_resize(void *memory, size_t size);
void sim_free(void *memory);
/* Copies a text; NULL stays NULL. */
char *sim_copy_text(const char *text);
/* Returns a NUL-terminated copy of length bytes. */
char *sim_copy_bytes(const char *bytes, size_t length);
/* Returns the number of live allocations in this library, for all handles. */
long sim_live_allocations(void);

/* A growable byte string. Empty if zero-initialized; data is NUL-terminated unless it is NULL. */
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
/* Returns the content as a C string, which is "" if empty. */
const char *bytes_text(const Bytes *bytes);
void bytes_clear(Bytes *bytes);
void bytes_free(Bytes *bytes);

/* A growable list of token ids. Empty if zero-initialized. */
typedef struct Tokens {
    int32_t *ids;
    size_t count;
    size_t capacity;
} Tokens;

void tokens_append(Tokens *tokens, int32_t id);
void tokens_free(Tokens *tokens);

/* Ensures capacity for one more element in an array that grows by doubling. */
void *sim_grow(void *array, size_t count, size_t *capacity, size_t element_size);

#endif
