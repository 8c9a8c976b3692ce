/*
 * Text to tokens and back. The vocabulary is a function of the model file alone:
 * or, where the file has one, that vocabulary in its order, and behind it what it lacks of single
 * bytes and of the tokens that begin and end a turn; otherwise
 *
 *   0 to 255          single bytes, so that any text has tokens
 *   then              special tokens, such as <|im_start|>, and added ones, such as <think>
 *   then              pieces: a list of common words, then the words of the model's own texts in
 *                     file order, each also with a leading space
 *   then              nothing, up to the model's vocabulary size: ids that a client may use and
 *                     whose text is their number, <1234>
 *   then              tokens that a script cut, which no client may use
 *
 * Text is read from left to right, the longest entry first, so vocabularies of files give ids that
 * are right but not always those of the trained tokenizer. Characters of four bytes are never
 * pieces of our own, so an emoji comes as several tokens that end inside it.
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

/* One edge of the prefix tree, in a hash table keyed by node and byte. */
typedef struct Edge {
    uint64_t key; /* (node << 8 | byte) + 1; 0: empty slot */
    uint32_t node;
} Edge;

typedef struct Tokenizer {
    Token *tokens;
    size_t count;
    size_t capacity;
    size_t fixed_count; /* entries of the model; those after it were cut by scripts */
    size_t vocab_size;  /* ids below it belong to the vocabulary */
    Token *unnamed;     /* from fixed_count to vocab_size; NULL until one is used */
    float *logit_offsets; /* per id of the vocabulary, what it has more than a word */
    size_t fixed_nodes; /* nodes of those entries, edges and room for edges likewise */
    size_t fixed_edge_capacity;
    Edge *edges;
    size_t edge_capacity; /* a power of two */
    size_t edge_count;
    int32_t byte_ids[256]; /* the tokens of single bytes */
    int32_t *node_tokens; /* per node, the token that ends there or -1 */
    size_t node_count;
    size_t node_capacity;
    Tokens words; /* pieces that generated text is made of */
} Tokenizer;

/* NULL after an error line when the model's vocabulary is too small for its tokens. */
Tokenizer *tokenizer_create(const Model *model);
void tokenizer_free(Tokenizer *tokenizer);

/* Appends the tokens of a text. */
void tokenizer_encode(const Tokenizer *tokenizer, const char *text, size_t length, Tokens *out);
/* The first of them; length must not be 0. */
int32_t tokenizer_first(const Tokenizer *tokenizer, const char *text, size_t length);
/* The token with exactly these bytes, made if there is none; made ones never match in encode. */
int32_t tokenizer_intern(Tokenizer *tokenizer, const char *bytes, size_t length);
/*
 * Forgets the tokens that were made, once they have become many. Texts that never come again would
 * fill the memory otherwise. None of them may be in use.
 */
void tokenizer_forget(Tokenizer *tokenizer);
/* Whether that would take a token away from these positions. */
bool tokenizer_needs_made(const Tokenizer *tokenizer, const Positions *used);
/* The entry with exactly these bytes, or -1. */
int32_t tokenizer_find(const Tokenizer *tokenizer, const char *bytes, size_t length);
/* Whether an id that comes from outside is of the vocabulary; then it has a text from now on. */
bool tokenizer_admit(Tokenizer *tokenizer, int32_t id);

/* The token of an id that was admitted or came from the tokenizer. */
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
