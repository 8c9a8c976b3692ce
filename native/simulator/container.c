#include "container.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "token_spelling.h"

enum {
    VERSION = 3,
    MAX_DIRECTORY = 128 * 1024 * 1024,
    MAX_ENTRIES = 16384,
    MAX_KEY = 512,
    MAX_TEXT = 16 * 1024 * 1024,
    MAX_ELEMENTS = 1 << 21,
    MAX_DEPTH = 4
};

/* The types of values. */
enum { TYPE_UINT32 = 4, TYPE_INT32 = 5, TYPE_STRING = 8, TYPE_ARRAY = 9 };

static const unsigned char mask[256] = {
#include "string_mask.inc"
};

/* Reads on until the first problem; from then on all reads fail. */
typedef struct Source {
    FILE *file;
    uint64_t left; /* bytes that may still be read */
    const char *problem;
} Source;

/* What is kept of the directory. */
typedef struct Directory {
    Bytes *script;
    TokenTable *tokens;
    Bytes tokenizer; /* the kind of tokenizer */
    int32_t *types;
    size_t type_count;
} Directory;

/* ---- bytes, numbers and strings ---- */

static bool failed(Source *source, const char *problem) {
    if (source->problem == NULL) {
        source->problem = problem;
    }
    return false;
}

static bool require(Source *source, uint64_t size) {
    if (source->problem != NULL) {
        return false;
    }
    return size <= source->left || failed(source, "it is cut off, or a length in it is wrong");
}

static bool read_bytes(Source *source, void *out, size_t size) {
    if (!require(source, size)) {
        return false;
    }
    source->left -= size;
    return fread(out, 1, size, source->file) == size || failed(source, "it cannot be read");
}

static bool skip(Source *source, uint64_t size) {
    char ignored[512];
    if (size <= sizeof ignored) { /* seeking would empty the buffer */
        return read_bytes(source, ignored, (size_t)size);
    }
    if (!require(source, size)) {
        return false;
    }
    source->left -= size;
    return fseeko(source->file, (off_t)size, SEEK_CUR) == 0 || failed(source, "it cannot be read");
}

static uint64_t read_number(Source *source, size_t size) {
    unsigned char bytes[8];
    if (!read_bytes(source, bytes, size)) {
        return 0;
    }
    uint64_t number = 0;
    for (size_t i = size; i > 0; i--) {
        number = number << 8 | bytes[i - 1];
    }
    return number;
}

/* A count of what takes at least that many bytes each, and at most max of them. */
static size_t read_count(Source *source, size_t max, size_t size) {
    uint64_t count = read_number(source, 8);
    if (count > max) {
        failed(source, "it is larger than any known model file, or a length in it is wrong");
        return 0;
    }
    return require(source, count * size) ? (size_t)count : 0;
}

static void unmask(char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        text[i] = (char)((unsigned char)text[i] ^ mask[i % sizeof mask]);
    }
}

/* Appends a string to out. */
static bool read_string(Source *source, size_t max, Bytes *out) {
    char chunk[256]; /* as long as the mask, so that each begins like a string */
    size_t left = read_count(source, max, 1);
    while (left > 0) {
        size_t size = left < sizeof chunk ? left : sizeof chunk;
        if (!read_bytes(source, chunk, size)) {
            return false;
        }
        unmask(chunk, size);
        bytes_append(out, chunk, size);
        left -= size;
    }
    return source->problem == NULL;
}

/* ---- values ---- */

/* The size of a number; 0: not a number. */
static size_t size_of(uint64_t type) {
    static const unsigned char sizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return type < sizeof sizes ? sizes[type] : 0;
}

static bool skip_value(Source *source, uint64_t type, int depth) {
    if (type == TYPE_STRING) {
        return skip(source, read_count(source, MAX_TEXT, 1));
    }
    if (type != TYPE_ARRAY) {
        return size_of(type) > 0 ? skip(source, size_of(type))
                                 : failed(source, "it has a value of an unknown type");
    }
    if (depth == MAX_DEPTH) {
        return failed(source, "its arrays are nested too deeply");
    }
    uint64_t element = read_number(source, 4);
    size_t count = read_count(source, MAX_ELEMENTS, 1);
    if (size_of(element) > 0) {
        return skip(source, (uint64_t)count * size_of(element));
    }
    for (size_t i = 0; i < count && source->problem == NULL; i++) {
        skip_value(source, element, depth + 1);
    }
    return source->problem == NULL;
}

static void read_tokens(Source *source, TokenTable *tokens) {
    if (read_number(source, 4) != TYPE_STRING) {
        failed(source, "its tokens are not texts");
        return;
    }
    size_t count = read_count(source, MAX_ELEMENTS, 8);
    tokens->ends = sim_alloc(count * sizeof *tokens->ends);
    tokens->types = sim_alloc(count * sizeof *tokens->types);
    for (size_t i = 0; i < count && read_string(source, MAX_TEXT, &tokens->text); i++) {
        tokens->ends[i] = tokens->text.length;
        tokens->count++;
    }
}

static void read_types(Source *source, Directory *directory) {
    uint64_t type = read_number(source, 4);
    if (type != TYPE_INT32 && type != TYPE_UINT32) {
        failed(source, "its token types are not whole numbers of 32 bits");
        return;
    }
    directory->type_count = read_count(source, MAX_ELEMENTS, 4);
    directory->types = sim_alloc(directory->type_count * sizeof *directory->types);
    for (size_t i = 0; i < directory->type_count && source->problem == NULL; i++) {
        directory->types[i] = (int32_t)read_number(source, 4);
    }
}

static void read_entry(Source *source, Directory *directory) {
    Bytes key = {0};
    read_string(source, MAX_KEY, &key);
    uint64_t type = read_number(source, 4);
    const char *name = bytes_text(&key);
    if (type == TYPE_STRING && strcmp(name, CONTAINER_SCRIPT) == 0) {
        bytes_clear(directory->script);
        read_string(source, MAX_TEXT, directory->script);
    } else if (type == TYPE_STRING && strcmp(name, "tokenizer.ggml.model") == 0) {
        bytes_clear(&directory->tokenizer);
        read_string(source, MAX_TEXT, &directory->tokenizer);
    } else if (type == TYPE_ARRAY && strcmp(name, "tokenizer.ggml.tokens") == 0 &&
               directory->tokens->ends == NULL) {
        read_tokens(source, directory->tokens);
    } else if (type == TYPE_ARRAY && strcmp(name, "tokenizer.ggml.token_type") == 0 &&
               directory->types == NULL) {
        read_types(source, directory);
    } else {
        skip_value(source, type, 0);
    }
    bytes_free(&key);
}

/* ---- the file ---- */

bool container_begins(FILE *file) {
    char magic[4] = {0};
    bool begins = fread(magic, 1, sizeof magic, file) == sizeof magic;
    rewind(file);
    unmask(magic, sizeof magic);
    return begins && memcmp(magic, "GGUF", sizeof magic) == 0;
}

static uint64_t size_of_file(FILE *file) {
    off_t size = fseeko(file, 0, SEEK_END) == 0 ? ftello(file) : 0;
    rewind(file);
    return size < 0 ? 0 : (uint64_t)size;
}

static void read_directory(Source *source, Directory *directory) {
    skip(source, 4); /* magic */
    if (read_number(source, 4) != VERSION) {
        failed(source, "it is of another version than 3");
    }
    skip(source, 8); /* the number of tensors */
    size_t entries = read_count(source, MAX_ENTRIES, 8 + 4);
    for (size_t i = 0; i < entries && source->problem == NULL; i++) {
        read_entry(source, directory);
    }
    TokenTable *tokens = directory->tokens;
    if (directory->type_count != 0 && directory->type_count != tokens->count) {
        failed(source, "it has another number of token types than of tokens");
    }
    if (source->problem == NULL && directory->type_count != 0) {
        memcpy(tokens->types, directory->types, tokens->count * sizeof *tokens->types);
    }
}

bool container_read(FILE *file, const char *path, Bytes *script, TokenTable *tokens) {
    uint64_t size = size_of_file(file);
    Source source = {.file = file, .left = size < MAX_DIRECTORY ? size : MAX_DIRECTORY};
    Directory directory = {.script = script, .tokens = tokens};
    read_directory(&source, &directory);
    if (source.problem == NULL) {
        token_spelling_apply(tokens, bytes_text(&directory.tokenizer));
    } else {
        log_error("model file %s: not a whole container: %s", path, source.problem);
    }
    sim_free(directory.types);
    bytes_free(&directory.tokenizer);
    return source.problem == NULL;
}

size_t token_table_start(const TokenTable *tokens, size_t id) {
    return id == 0 ? 0 : tokens->ends[id - 1];
}

void token_table_free(TokenTable *tokens) {
    bytes_free(&tokens->text);
    sim_free(tokens->ends);
    sim_free(tokens->types);
    *tokens = (TokenTable){0};
}
