/* Model files of the real form: the script and the vocabulary in them, and what is wrong there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "harness.h"

static const unsigned char mask[256] = {
#include "string_mask.inc"
};

/* ---- writing ---- */

static void number(Bytes *out, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++) {
        bytes_append_char(out, (char)(value >> (8 * i)));
    }
}

static void masked(Bytes *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        bytes_append_char(out, (char)((unsigned char)text[i] ^ mask[i % 256]));
    }
}

static void string(Bytes *out, const char *text) {
    number(out, strlen(text), 8);
    masked(out, text, strlen(text));
}

static void text_entry(Bytes *out, const char *key, const char *value) {
    string(out, key);
    number(out, 8, 4);
    string(out, value);
}

static void array_entry(Bytes *out, const char *key, int type, size_t count) {
    string(out, key);
    number(out, 9, 4);
    number(out, (uint64_t)type, 4);
    number(out, count, 8);
}

static void head(Bytes *out, uint64_t entries) {
    masked(out, "GGUF", 4);
    number(out, 3, 4);
    number(out, 0, 8); /* tensors */
    number(out, entries, 8);
}

/* Longer than the mask, so that it has to begin anew. */
static const char script[] =
    "RKLLM-SIMULATOR-MODEL 1\n"
    "# Longer than the mask of the strings, which is 256 bytes long and is repeated for longer ones. "
    "A reader that goes wrong there would find a directive that is not known, and fail.\n"
    "context-limit: 128\n"
    "when: what is a house\n"
    "say: A house is a home.\n"
    "when: who\n"
    "say: \\u{1F3E0} {prompt}\n"
    "when: salad\n"
    "generate: 4\n";

/* One token has no text, and the last one is half a character. */
static const char *const byte_level[] = {"A",     "Ġhouse", "Ġis",      "<|im_start|>",
                                         "<|im_end|>", "user",  "Ċ", "Ġa", "", "Ġhome", "ðŁı"};
static const int byte_level_types[] = {1, 1, 1, 3, 3, 1, 1, 1, 5, 1, 1};
enum { BYTE_LEVEL = sizeof byte_level / sizeof *byte_level };

static const char *const pieces[] = {"<unk>", "<s>", "<0x0A>", "A", "▁house", "▁is", "▁a",
                                     "▁home", "▁▁", "<|im_start|>", "<|im_end|>"};
static const int piece_types[] = {2, 3, 6, 1, 1, 1, 1, 1, 1, 3, 3};
enum { PIECES = sizeof pieces / sizeof *pieces };

static void vocabulary(Bytes *out, const char *const *tokens, size_t count) {
    array_entry(out, "tokenizer.ggml.tokens", 8, count);
    for (size_t i = 0; i < count; i++) {
        string(out, tokens[i]);
    }
}

static void types(Bytes *out, const int *values, size_t count) {
    array_entry(out, "tokenizer.ggml.token_type", 5, count);
    for (size_t i = 0; i < count; i++) {
        number(out, (uint64_t)values[i], 4);
    }
}

/* Values of all sorts, of which none matters. */
static void others(Bytes *out) {
    string(out, "flag");
    number(out, 7, 4);
    number(out, 1, 1);
    string(out, "real");
    number(out, 12, 4);
    number(out, 0, 8);
    array_entry(out, "nested", 9, 1);
    number(out, 8, 4);
    number(out, 2, 8);
    string(out, "one");
    string(out, "two");
}

/* The kind of tokenizer comes last: tokens are respelled once it is known. */
static Bytes container(const char *kind, const char *const *tokens, const int *token_types,
                       size_t count) {
    Bytes file = {0};
    head(&file, 8);
    text_entry(&file, "general.architecture", "qwen3");
    types(&file, token_types, count);
    vocabulary(&file, tokens, count);
    others(&file);
    text_entry(&file, CONTAINER_SCRIPT, script);
    text_entry(&file, "tokenizer.ggml.model", kind);
    bytes_append_text(&file, "rkllm-toolkit version: 1.3.1");
    return file;
}

static Bytes byte_level_container(void) {
    return container("gpt2", byte_level, byte_level_types, BYTE_LEVEL);
}

static const char *write_container(Bytes *file) {
    const char *path = temp_path("container.rkllm");
    write_file(path, bytes_text(file), file->length);
    bytes_free(file);
    return path;
}

static bool try_container(LLMHandle *handle, Bytes *file) {
    RKLLMParam param = params_for(write_container(file));
    param.max_context_len = 128;
    return init(handle, &param) == 0;
}

static LLMHandle open_container(Bytes file) {
    LLMHandle handle = NULL;
    CHECK(try_container(&handle, &file));
    return handle;
}

/* ---- tests ---- */

static void script_is_read(void) {
    LLMHandle handle = open_container(byte_level_container());
    CHECK_TEXT(answer(handle, "What is a house?"), "A house is a home.");
    CHECK_TEXT(answer(handle, "who"), "🏠 who");
    close_model(handle);
}

/* The ids of the file's vocabulary, in and out. */
static void ids_are_those_of_the_file(void) {
    LLMHandle handle = open_container(byte_level_container());
    static const char prompt[] = "<|im_start|>user\nA house is<|im_end|>";
    Tokens tokens = tokens_of(temp_path("container.rkllm"), prompt);
    static const int32_t expected[] = {3, 5, 6, 0, 1, 2, 4};
    CHECK_INT((long)tokens.count, (long)(sizeof expected / sizeof *expected));
    for (size_t i = 0; i < tokens.count; i++) {
        CHECK_INT(tokens.ids[i], expected[i]);
    }
    tokens_free(&tokens);
    CHECK_TEXT(answer(handle, "what is a house"), "A house is a home.");
    static const int32_t said[] = {0, 1, 2, 7, 9};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        CHECK_INT(recorder.events[i].token_id, said[i]);
    }
    CHECK_INT(recorder.events[recorder.normal - 1].token_id, 4); /* the end of sequence */
    close_model(handle);
}

static void pieces_are_read(void) {
    LLMHandle handle = open_container(container("llama", pieces, piece_types, PIECES));
    CHECK_TEXT(answer(handle, "what is a house"), "A house is a home.");
    Tokens tokens = tokens_of(temp_path("container.rkllm"), "  \nA home");
    static const int32_t expected[] = {8, 2, 3, 7};
    CHECK_INT((long)tokens.count, 4);
    for (size_t i = 0; i < 4; i++) {
        CHECK_INT(tokens.ids[i], expected[i]);
    }
    tokens_free(&tokens);
    close_model(handle);
}

/* A line break may be one token with what follows it. */
static void header_ends_at_any_line_break(void) {
    static const char *const tokens[] = {"<|im_start|>", "<|im_end|>", "user", "ĊĊ",
                                         "who"};
    static const int token_types[] = {3, 3, 1, 1, 1};
    LLMHandle handle = open_container(container("gpt2", tokens, token_types, 5));
    static int32_t ids[] = {0, 2, 3, 4, 1, 0};
    Tokens prompt = {.ids = ids, .count = 5};
    RKLLMInput input = token_input(&prompt);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "🏠 \nwho");
    close_model(handle);
}

/* A vocabulary without words generates from what it has. */
static void any_vocabulary_generates(void) {
    static const char *const tokens[] = {"x"};
    static const int token_types[] = {1};
    LLMHandle handle = open_container(container("gpt2", tokens, token_types, 1));
    answer(handle, "salad");
    CHECK_INT((long)recorder.normal, 4 + 1); /* the end of sequence is one more */
    close_model(handle);
}

static void vocabulary_is_optional(void) {
    Bytes file = {0};
    head(&file, 1);
    text_entry(&file, CONTAINER_SCRIPT, script);
    LLMHandle handle = open_container(file);
    CHECK_TEXT(answer(handle, "what is a house"), "A house is a home.");
    close_model(handle);
}

static void refused(Bytes *file, const char *message) {
    LLMHandle handle = NULL;
    CHECK(!try_container(&handle, file));
    CHECK_HAS(logged(), message);
}

static void what_is_wrong_is_named(void) {
    Bytes file = {0};
    head(&file, 1);
    text_entry(&file, "general.architecture", "qwen3");
    refused(&file, "looks like a real model: this library is the simulator");
    head(&file, 1);
    text_entry(&file, CONTAINER_SCRIPT, "RKLLM-SIMULATOR-MODEL 1\nsayy: x\n");
    refused(&file, " line 2: unknown directive 'sayy'\n");
    head(&file, 1);
    text_entry(&file, CONTAINER_SCRIPT, "hello");
    refused(&file, "is not a simulator model: its first line must be");
    file = byte_level_container();
    file.data[4] = 2;
    refused(&file, "not a whole container: it is of another version than 3");
    file = container("gpt2", byte_level, byte_level_types, BYTE_LEVEL);
    file.length -= 40;
    refused(&file, "not a whole container: it is cut off, or a length in it is wrong");
    head(&file, 1);
    string(&file, "key");
    number(&file, 13, 4);
    refused(&file, "not a whole container: it has a value of an unknown type");
    head(&file, 2);
    vocabulary(&file, byte_level, BYTE_LEVEL);
    types(&file, byte_level_types, BYTE_LEVEL - 1);
    refused(&file, "it has another number of token types than of tokens");
}

/* Lengths that would need more memory than there is, or more than the file has. */
static void lengths_are_checked(void) {
    static const uint64_t lengths[] = {1 << 20, 1ull << 31, 1ull << 40, 1ull << 63, UINT64_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        Bytes file = {0};
        head(&file, 1);
        number(&file, lengths[i], 8); /* a key */
        refused(&file, "not a whole container");
        head(&file, lengths[i]);
        refused(&file, "not a whole container");
        for (int type = 0; type < 10; type++) {
            head(&file, 1);
            array_entry(&file, "tokenizer.ggml.tokens", type, lengths[i]);
            refused(&file, "not a whole container");
            head(&file, 1);
            array_entry(&file, "tokenizer.ggml.token_type", type, lengths[i]);
            refused(&file, "not a whole container");
            head(&file, 1);
            array_entry(&file, "other", type, lengths[i]);
            refused(&file, "not a whole container");
        }
    }
    Bytes nested = {0};
    head(&nested, 1);
    array_entry(&nested, "nested", 9, 1);
    for (int i = 0; i < 100; i++) {
        number(&nested, 9, 4);
        number(&nested, 1, 8);
    }
    refused(&nested, "its arrays are nested too deeply");
}

static void survives(const char *data, size_t length) {
    LLMHandle handle = NULL;
    Bytes file = {0};
    bytes_append(&file, data, length);
    if (try_container(&handle, &file)) {
        answer(handle, "salad");
        rkllm_destroy(handle);
    }
}

static void cut_and_mutated_containers_do_not_crash(void) {
    Bytes file = byte_level_container();
    for (size_t length = 0; length < file.length; length += 1 + length / 16) {
        survives(file.data, length);
    }
    srand(1);
    for (int round = 0; round < 2000; round++) {
        size_t at = (size_t)rand() % file.length;
        char before = file.data[at];
        file.data[at] = (char)rand();
        survives(file.data, file.length);
        file.data[at] = before;
    }
    bytes_free(&file);
}

/* A number as lengths, counts and types are written: small, a power of two, or anything. */
static uint64_t some_number(void) {
    uint64_t any = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();
    switch (rand() % 3) {
    case 0: return any % 16;
    case 1: return 1ull << (any % 64);
    default: return any >> (rand() % 64);
    }
}

static size_t mutate(char *data, size_t length) {
    for (int changes = 1 + rand() % 4; changes > 0; changes--) {
        size_t at = (size_t)rand() % (length - 8);
        uint64_t number = some_number();
        switch (rand() % 5) {
        case 0: data[at] = (char)number; break;
        case 1: data[at] ^= (char)(1 << (rand() % 8)); break;
        case 2: memcpy(data + at, &number, 4); break; /* little-endian, as the simulator's machines */
        case 3: memcpy(data + at, &number, 8); break;
        default: memmove(data + at, data + (size_t)rand() % (length - 8), 8); break;
        }
    }
    return rand() % 4 == 0 ? 1 + (size_t)rand() % (length - 1) : length;
}

/* RKLLM_FUZZ_ROUNDS sets the number of rounds, and RKLLM_FUZZ_SEED what they begin with. */
static void mutated_directories_are_read_or_refused(void) {
    const char *rounds = getenv("RKLLM_FUZZ_ROUNDS");
    const char *seed = getenv("RKLLM_FUZZ_SEED");
    srand(seed != NULL ? (unsigned)atol(seed) : 1);
    Bytes files[] = {byte_level_container(),
                     container("llama", pieces, piece_types, PIECES)};
    for (long round = rounds != NULL ? atol(rounds) : 10000; round > 0; round--) {
        const Bytes *whole = &files[round % 2];
        Bytes copy = {0};
        bytes_append(&copy, whole->data, whole->length);
        size_t length = mutate(copy.data, copy.length);
        FILE *file = fmemopen(copy.data, length, "rb");
        Bytes found = {0};
        TokenTable tokens = {0};
        if (container_begins(file) && container_read(file, "mutated", &found, &tokens)) {
            for (size_t id = 0; id < tokens.count; id++) {
                CHECK(token_table_start(&tokens, id) <= tokens.ends[id]);
                CHECK(tokens.ends[id] <= tokens.text.length);
            }
        }
        fclose(file);
        bytes_free(&copy);
        bytes_free(&found);
        token_table_free(&tokens);
    }
    bytes_free(&files[0]);
    bytes_free(&files[1]);
}

TESTS(container, {"script is read", script_is_read, false},
      {"ids are those of the file", ids_are_those_of_the_file, false},
      {"pieces are read", pieces_are_read, false},
      {"header ends at any line break", header_ends_at_any_line_break, false},
      {"any vocabulary generates", any_vocabulary_generates, false},
      {"vocabulary is optional", vocabulary_is_optional, false},
      {"what is wrong is named", what_is_wrong_is_named, false},
      {"lengths are checked", lengths_are_checked, false},
      {"cut and mutated containers do not crash", cut_and_mutated_containers_do_not_crash, false},
      {"mutated directories are read or refused", mutated_directories_are_read_or_refused, false})
