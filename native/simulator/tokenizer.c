#include "tokenizer.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "logits.h"
#include "vocabulary.h"

/*
 * MANY_NODES: the number of nodes of created tokens that are kept, because removing them takes
 * time.
 */
enum { ROOT = 0, FIRST_EDGES = 4096, MANY_NODES = 4096 };

/* ---- the prefix tree ---- */

static uint64_t mix(uint64_t value) {
    value *= 0x9E3779B97F4A7C15u;
    return value ^ (value >> 29);
}

static Edge *find_edge(const Tokenizer *tokenizer, uint64_t key) {
    size_t mask = tokenizer->edge_capacity - 1;
    size_t slot = (size_t)mix(key) & mask;
    while (tokenizer->edges[slot].key != 0 && tokenizer->edges[slot].key != key) {
        slot = (slot + 1) & mask;
    }
    return &tokenizer->edges[slot];
}

static uint64_t edge_key(uint32_t node, char byte) {
    return ((uint64_t)node << 8 | (unsigned char)byte) + 1;
}

static void grow_edges(Tokenizer *tokenizer) {
    Edge *old = tokenizer->edges;
    size_t old_capacity = tokenizer->edge_capacity;
    tokenizer->edge_capacity = old_capacity * 2;
    tokenizer->edges = sim_alloc(tokenizer->edge_capacity * sizeof(Edge));
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].key != 0) {
            *find_edge(tokenizer, old[i].key) = old[i];
        }
    }
    sim_free(old);
}

static uint32_t add_node(Tokenizer *tokenizer) {
    tokenizer->node_tokens = sim_grow(tokenizer->node_tokens, tokenizer->node_count,
                                      &tokenizer->node_capacity, sizeof(int32_t));
    tokenizer->node_tokens[tokenizer->node_count] = -1;
    return (uint32_t)tokenizer->node_count++;
}

static uint32_t child_or_new(Tokenizer *tokenizer, uint32_t node, char byte) {
    if (tokenizer->edge_count * 2 >= tokenizer->edge_capacity) {
        grow_edges(tokenizer);
    }
    uint64_t key = edge_key(node, byte);
    Edge *edge = find_edge(tokenizer, key);
    if (edge->key == 0) {
        uint32_t child = add_node(tokenizer);
        *edge = (Edge){key, child};
        tokenizer->edge_count++;
    }
    return edge->node;
}

/* ---- entries ---- */

static uint32_t node_of(Tokenizer *tokenizer, const char *bytes, size_t length) {
    uint32_t node = ROOT;
    for (size_t i = 0; i < length; i++) {
        node = child_or_new(tokenizer, node, bytes[i]);
    }
    return node;
}

static int32_t append_token(Tokenizer *tokenizer, const char *bytes, size_t length,
                            TokenKind kind) {
    tokenizer->tokens =
        sim_grow(tokenizer->tokens, tokenizer->count, &tokenizer->capacity, sizeof(Token));
    size_t index = tokenizer->count++;
    tokenizer->tokens[index] = (Token){sim_copy_bytes(bytes, length), (uint32_t)length, kind};
    return (int32_t)(index + tokenizer->vocab_size - tokenizer->fixed_count);
}

/* The token with these bytes, added if there is none. */
static int32_t add_token(Tokenizer *tokenizer, const char *bytes, size_t length, TokenKind kind) {
    uint32_t node = node_of(tokenizer, bytes, length);
    if (tokenizer->node_tokens[node] >= 0) {
        return tokenizer->node_tokens[node];
    }
    int32_t id = append_token(tokenizer, bytes, length, kind);
    tokenizer->node_tokens[node] = id;
    return id;
}

static bool is_word(const char *bytes, size_t length, TokenKind kind) {
    return kind == TOKEN_PIECE && length > 2 && bytes[0] == ' ' &&
           ((bytes[1] >= 'a' && bytes[1] <= 'z') || (unsigned char)bytes[1] >= 0x80);
}

static void add_entry(void *context, const char *bytes, size_t length, TokenKind kind) {
    Tokenizer *tokenizer = context;
    if (length == 0) {
        return;
    }
    size_t before = tokenizer->count;
    int32_t id = add_token(tokenizer, bytes, length, kind);
    if (tokenizer->count > before && is_word(bytes, length, kind)) {
        tokens_append(&tokenizer->words, id);
    }
}

/* ---- the vocabulary in the file ---- */

static TokenKind kind_of(int32_t type) {
    switch (type) {
    case TOKEN_TYPE_UNKNOWN:
    case TOKEN_TYPE_CONTROL:
        return TOKEN_SPECIAL;
    case TOKEN_TYPE_ADDED:
        return TOKEN_ADDED;
    default:
        return TOKEN_PIECE;
    }
}

static void add_bytes(Tokenizer *tokenizer) {
    for (int byte = 0; byte < 256; byte++) {
        char c = (char)byte;
        tokenizer->byte_ids[byte] = add_token(tokenizer, &c, 1, TOKEN_BYTE);
    }
}

/* Ids count up in the order of the file; of tokens with the same text, the first one is found. */
static void add_table(Tokenizer *tokenizer, const TokenTable *table) {
    for (size_t i = 0; i < table->count; i++) {
        size_t start = token_table_start(table, i);
        const char *bytes = bytes_text(&table->text) + start;
        size_t length = table->ends[i] - start;
        TokenKind kind = kind_of(table->types[i]);
        int32_t id = append_token(tokenizer, bytes, length, kind);
        uint32_t node = node_of(tokenizer, bytes, length);
        if (length > 0 && tokenizer->node_tokens[node] < 0) {
            tokenizer->node_tokens[node] = id;
        }
        if (is_word(bytes, length, kind)) {
            tokens_append(&tokenizer->words, id);
        }
    }
}

/* A border between turns is a control token, whatever the file says of it. */
static void add_border(Tokenizer *tokenizer, const char *text) {
    int32_t id = add_token(tokenizer, text, strlen(text), TOKEN_SPECIAL);
    tokenizer->tokens[id].kind = TOKEN_SPECIAL;
}

static void mark_border(void *context, const char *bytes, size_t length, TokenKind kind) {
    Tokenizer *tokenizer = context;
    int32_t id = tokenizer_find(tokenizer, bytes, length);
    if (id >= 0) {
        tokenizer->tokens[id].kind = kind;
    }
}

/* Text is generated from words; a vocabulary without any has to do with single letters. */
static void need_words(Tokenizer *tokenizer) {
    for (size_t i = 0; i < tokenizer->count; i++) {
        const Token *token = &tokenizer->tokens[i];
        if (token->length == 1 && token->bytes[0] >= 'a' && token->bytes[0] <= 'z') {
            tokens_append(&tokenizer->words, (int32_t)i);
        }
    }
}

static void add_vocabulary_of_file(Tokenizer *tokenizer, const Model *model) {
    add_table(tokenizer, &model->tokens);
    add_border(tokenizer, model->turn_start);
    add_border(tokenizer, model->end_of_turn);
    vocabulary_markers(model, mark_border, tokenizer);
    add_bytes(tokenizer);
    if (tokenizer->words.count == 0) {
        need_words(tokenizer);
    }
}

/* ---- a tokenizer ---- */

enum { VOCABULARY_STEP = 64 };

/*
 * Sets the vocabulary size and the offsets: words are likely, everything else is not. Fails if the
 * file requests too small a vocabulary.
 */
static bool size_vocabulary(Tokenizer *tokenizer, const Model *model) {
    size_t asked = (size_t)model->vocab;
    if (asked != 0 && asked < tokenizer->count) {
        log_error("model file %s: vocab: %zu is less than the %zu tokens that its texts need",
                  model->path, asked, tokenizer->count);
        return false;
    }
    size_t rounded = (tokenizer->count + VOCABULARY_STEP - 1) / VOCABULARY_STEP * VOCABULARY_STEP;
    tokenizer->vocab_size = asked != 0 ? asked : rounded;
    tokenizer->logit_offsets = sim_alloc(tokenizer->vocab_size * sizeof(float));
    for (size_t i = 0; i < tokenizer->vocab_size; i++) {
        tokenizer->logit_offsets[i] = LOGIT_OTHERS;
    }
    for (size_t i = 0; i < tokenizer->words.count; i++) {
        tokenizer->logit_offsets[tokenizer->words.ids[i]] = 0;
    }
    return true;
}

Tokenizer *tokenizer_create(const Model *model) {
    Tokenizer *tokenizer = sim_alloc(sizeof *tokenizer);
    tokenizer->edge_capacity = FIRST_EDGES;
    tokenizer->edges = sim_alloc(FIRST_EDGES * sizeof(Edge));
    add_node(tokenizer);
    if (model->tokens.count > 0) {
        add_vocabulary_of_file(tokenizer, model);
    } else {
        add_bytes(tokenizer);
        vocabulary_collect(model, add_entry, tokenizer);
    }
    if (!size_vocabulary(tokenizer, model)) {
        tokenizer_free(tokenizer);
        return NULL;
    }
    tokenizer->fixed_count = tokenizer->count;
    tokenizer->fixed_nodes = tokenizer->node_count;
    tokenizer->fixed_edge_capacity = tokenizer->edge_capacity;
    return tokenizer;
}

void tokenizer_free(Tokenizer *tokenizer) {
    if (tokenizer == NULL) {
        return;
    }
    for (size_t i = 0; i < tokenizer->count; i++) {
        sim_free(tokenizer->tokens[i].bytes);
    }
    for (size_t i = tokenizer->fixed_count; tokenizer->unnamed != NULL && i < tokenizer->vocab_size;
         i++) {
        sim_free(tokenizer->unnamed[i - tokenizer->fixed_count].bytes);
    }
    sim_free(tokenizer->unnamed);
    sim_free(tokenizer->logit_offsets);
    sim_free(tokenizer->tokens);
    sim_free(tokenizer->edges);
    sim_free(tokenizer->node_tokens);
    tokens_free(&tokenizer->words);
    sim_free(tokenizer);
}

/* Returns the longest fixed entry at the start of text, which is at least a single byte. */
static int32_t longest(const Tokenizer *tokenizer, const char *text, size_t length) {
    int32_t found = tokenizer->byte_ids[(unsigned char)text[0]];
    uint32_t node = ROOT;
    for (size_t i = 0; i < length; i++) {
        const Edge *edge = find_edge(tokenizer, edge_key(node, text[i]));
        if (edge->key == 0) {
            break;
        }
        node = edge->node;
        int32_t token = tokenizer->node_tokens[node];
        if (token >= 0 && (size_t)token < tokenizer->fixed_count) {
            found = token;
        }
    }
    return found;
}

void tokenizer_encode(const Tokenizer *tokenizer, const char *text, size_t length, Tokens *out) {
    size_t position = 0;
    while (position < length) {
        int32_t id = longest(tokenizer, text + position, length - position);
        tokens_append(out, id);
        position += tokenizer->tokens[id].length;
    }
}

int32_t tokenizer_first(const Tokenizer *tokenizer, const char *text, size_t length) {
    return longest(tokenizer, text, length);
}

int32_t tokenizer_intern(Tokenizer *tokenizer, const char *bytes, size_t length) {
    return add_token(tokenizer, bytes, length, TOKEN_PIECE);
}

static bool has_many_made(const Tokenizer *tokenizer) {
    return tokenizer->node_count - tokenizer->fixed_nodes >= MANY_NODES;
}

bool tokenizer_needs_made(const Tokenizer *tokenizer, const Positions *used) {
    for (size_t i = 0; has_many_made(tokenizer) && i < used->count; i++) {
        if (used->items[i].token >= (int32_t)tokenizer->vocab_size) {
            return true;
        }
    }
    return false;
}

/* Moves the edges that are kept to a new hash table. */
static void keep_fixed_edges(Tokenizer *tokenizer) {
    Edge *old = tokenizer->edges;
    size_t old_capacity = tokenizer->edge_capacity;
    tokenizer->edge_capacity = tokenizer->fixed_edge_capacity;
    tokenizer->edges = sim_alloc(tokenizer->edge_capacity * sizeof(Edge));
    tokenizer->edge_count = 0;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].key != 0 && old[i].node < tokenizer->fixed_nodes) {
            *find_edge(tokenizer, old[i].key) = old[i];
            tokenizer->edge_count++;
        }
    }
    sim_free(old);
}

void tokenizer_forget(Tokenizer *tokenizer) {
    if (!has_many_made(tokenizer)) {
        return;
    }
    for (size_t i = tokenizer->fixed_count; i < tokenizer->count; i++) {
        sim_free(tokenizer->tokens[i].bytes);
    }
    tokenizer->count = tokenizer->fixed_count;
    tokenizer->node_count = tokenizer->fixed_nodes;
    for (size_t i = 0; i < tokenizer->node_count; i++) {
        if (tokenizer->node_tokens[i] >= (int32_t)tokenizer->fixed_count) {
            tokenizer->node_tokens[i] = -1; /* a created token that begins a fixed one */
        }
    }
    keep_fixed_edges(tokenizer);
}

int32_t tokenizer_find(const Tokenizer *tokenizer, const char *bytes, size_t length) {
    uint32_t node = ROOT;
    for (size_t i = 0; i < length; i++) {
        const Edge *edge = find_edge(tokenizer, edge_key(node, bytes[i]));
        if (edge->key == 0) {
            return -1;
        }
        node = edge->node;
    }
    return tokenizer->node_tokens[node];
}

bool tokenizer_admit(Tokenizer *tokenizer, int32_t id) {
    if (id < 0 || (size_t)id >= tokenizer->vocab_size) {
        return false;
    }
    if ((size_t)id < tokenizer->fixed_count) {
        return true;
    }
    if (tokenizer->unnamed == NULL) {
        tokenizer->unnamed =
            sim_alloc((tokenizer->vocab_size - tokenizer->fixed_count) * sizeof(Token));
    }
    Token *token = &tokenizer->unnamed[(size_t)id - tokenizer->fixed_count];
    if (token->bytes == NULL) {
        char text[16];
        int length = snprintf(text, sizeof text, "<%d>", id);
        *token = (Token){sim_copy_bytes(text, (size_t)length), (uint32_t)length, TOKEN_PIECE};
    }
    return true;
}
