/*
 * Converts text to tokens and back. The vocabulary depends only on the model file. It is the one in
 * the file, followed by missing single bytes and tokens that begin or end a turn; without one:
 *
 *   0 to 255          single bytes, so that any text has tokens
 *   then              special tokens, such as <|im_start|>, and added ones, such as <think>
 *   then              pieces: a list of common words, then the words of the model's own texts in
 *                     file order, each also with a leading space
 *   then              unnamed ids, up to the model's vocabulary size, which a client may use and
 *                     whose text is their number, <1234>
 *   then              tokens created by scripts, which a client must not use
 *
 * Text is read from left to right, preferring the longest entry, so the ids of a vocabulary in a file
 * are valid but not always those of the trained tokenizer. Characters of four bytes are never pieces
 * of our own, so an emoji consists of several tokens.
 */
#ifndef SIM_TOKENIZER_H
#define SIM_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"
#include "model.h"
#include "position.h"

typedef enum TokenKind { TOKEN_BYTE, TOKEN_SPECIAL, TOKEN_ADDED, TOKEN_PIECE } TokenKind;

typedef struct Token {
    char *bytes; /* owned */
    uint32_t length;
    TokenKind kind;
} Token;

/* An edge of the prefix tree, in a hash table keyed by node and byte. */
typedef struct Edge {
    uint64_t key; /* (node << 8 | byte) + 1; 0 for an empty slot */
    uint32_t node;
} Edge;

typedef struct Tokenizer {
    Token *tokens;
    size_t count;
    size_t capacity;
    size_t fixed_count; /* number of entries of the model; later ones were created by scripts */
    size_t vocab_size;  /* the ids below this belong to the vocabulary */
    Token *unnamed;     /* tokens from fixed_count to vocab_size; NULL until one is used */
    float *logit_offsets; /* for each id of the vocabulary, its difference from a word */
    size_t fixed_nodes; /* number of nodes for those entries; edges and capacity likewise */
    size_t fixed_edge_capacity;
    Edge *edges;
    size_t edge_capacity; /* a power of two */
    size_t edge_count;
    int32_t byte_ids[256]; /* the tokens of single bytes */
    int32_t *node_tokens; /* for each node, the token that ends there, or -1 */
    size_t node_count;
    size_t node_capacity;
    Tokens words; /* pieces used for generated text */
} Tokenizer;

/*
 * Returns a tokenizer, or NULL after an error line if the model's vocabulary is too small for its
 * tokens.
 */
Tokenizer *tokenizer_create(const Model *model);
void tokenizer_free(Tokenizer *tokenizer);

/* Appends the tokens of a text. */
void tokenizer_encode(const Tokenizer *tokenizer, const char *text, size_t length, Tokens *out);
/* Returns the first token of a text; length must not be 0. */
int32_t tokenizer_first(const Tokenizer *tokenizer, const char *text, size_t length);
/*
 * Returns the token with exactly these bytes, creating it if necessary. Created tokens are never
 * used by tokenizer_encode.
 */
int32_t tokenizer_intern(Tokenizer *tokenizer, const char *bytes, size_t length);
/*
 * Removes created tokens if there are many, because texts that do not recur would fill the memory.
 * None of them may be in use.
 */
void tokenizer_forget(Tokenizer *tokenizer);
/* Returns whether that would remove a token of these positions. */
bool tokenizer_needs_made(const Tokenizer *tokenizer, const Positions *used);
/* Returns the entry with exactly these bytes, or -1. */
int32_t tokenizer_find(const Tokenizer *tokenizer, const char *bytes, size_t length);
/*
 * Returns whether an id passed by the caller belongs to the vocabulary, and makes sure that it has
 * a text.
 */
bool tokenizer_admit(Tokenizer *tokenizer, int32_t id);

/* Returns the token of an id that was admitted or returned by the tokenizer. */
static inline const Token *tokenizer_token(const Tokenizer *tokenizer, int32_t id) {
    size_t index = (size_t)id;
    if (index < tokenizer->fixed_count) {
        return &tokenizer->tokens[index];
    }
    return index < tokenizer->vocab_size
               ? &tokenizer->unnamed[index - tokenizer->fixed_count]
               : &tokenizer->tokens[index - tokenizer->vocab_size + tokenizer->fixed_count];
}

#endif
