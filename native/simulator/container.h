/*
 * Model files of the real form: a directory of keys and values, whose strings are masked, before
 * the weights. docs/model-file.md describes it. The simulator's script stands in an entry of its
 * own; of the other entries it reads the vocabulary.
 */
#ifndef SIM_CONTAINER_H
#define SIM_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "memory.h"

#define CONTAINER_SCRIPT "rkllm.simulator.script"

/* The kinds of tokens that matter here; others are ordinary text. The numbers are the file's. */
enum { TOKEN_TYPE_UNKNOWN = 2, TOKEN_TYPE_CONTROL = 3, TOKEN_TYPE_ADDED = 4, TOKEN_TYPE_BYTE = 6 };

/* The vocabulary of a file, spelled as text. Zero-initialized means none. */
typedef struct TokenTable {
    Bytes text;   /* of all tokens, one after the other */
    size_t *ends; /* where the text of each token ends */
    int32_t *types; /* 0 where the file has none */
    size_t count;
} TokenTable;

/* Whether a file begins like a container. The file is left at its beginning. */
bool container_begins(FILE *file);
/*
 * Reads script and vocabulary. Each length is checked against the file and against limits before
 * memory is taken. On failure returns false after an error line.
 */
bool container_read(FILE *file, const char *path, Bytes *script, TokenTable *tokens);

size_t token_table_start(const TokenTable *tokens, size_t id);
void token_table_free(TokenTable *tokens);

#endif
