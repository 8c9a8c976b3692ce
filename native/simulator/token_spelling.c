#include "token_spelling.h"

#include <stdio.h>
#include <string.h>

#include "utf8.h"

/* Appends what a token stands for. */
typedef void (*Respell)(const char *text, size_t length, int32_t type, Bytes *out);

/*
 * Byte-level BPE spells the bytes that are printable in Latin-1 as that character, and all others
 * as characters from U+0100 on, in the order of the bytes. -1: another character.
 */
static int byte_of(const char *text, size_t length) {
    unsigned char first = (unsigned char)text[0];
    unsigned code = first;
    if (length == 2) {
        code = (unsigned)(first & 0x1F) << 6 | ((unsigned char)text[1] & 0x3F);
    } else if (length != 1) {
        return -1;
    }
    if ((code > 0x20 && code < 0x7F) || (code > 0xA0 && code <= 0xFF && code != 0xAD)) {
        return (int)code;
    }
    if (code < 0x100) {
        return -1;
    }
    unsigned next = 0x100;
    for (int byte = 0; byte < 256; byte++) {
        bool printable = (byte > 0x20 && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD);
        if (!printable && next++ == code) {
            return byte;
        }
    }
    return -1;
}

static void from_byte_level(const char *text, size_t length, int32_t type, Bytes *out) {
    if (type == TOKEN_TYPE_CONTROL || type == TOKEN_TYPE_ADDED) {
        bytes_append(out, text, length);
        return;
    }
    for (size_t at = 0, size; at < length; at += size) {
        size = utf8_length(text + at, length - at);
        int byte = byte_of(text + at, size);
        if (byte >= 0) {
            bytes_append_char(out, (char)byte);
        } else {
            bytes_append(out, text + at, size);
        }
    }
}

static void from_pieces(const char *text, size_t length, int32_t type, Bytes *out) {
    static const char space[] = "\xE2\x96\x81";
    char spelled[8];
    unsigned byte;
    if (length == 6) {
        memcpy(spelled, text, length);
        spelled[length] = '\0';
        if (sscanf(spelled, "<0x%2X>", &byte) == 1 && spelled[5] == '>') {
            bytes_append_char(out, (char)byte);
            return;
        }
    }
    for (size_t at = 0, size; at < length; at += size) {
        size = utf8_length(text + at, length - at);
        bool is_space = size == 3 && memcmp(text + at, space, size) == 0;
        if (is_space && type != TOKEN_TYPE_CONTROL) {
            bytes_append_char(out, ' ');
        } else {
            bytes_append(out, text + at, size);
        }
    }
}

void token_spelling_apply(TokenTable *tokens, const char *tokenizer) {
    Respell respell = strcmp(tokenizer, "gpt2") == 0    ? from_byte_level
                      : strcmp(tokenizer, "llama") == 0 ? from_pieces
                                                        : NULL;
    if (respell == NULL) {
        return;
    }
    Bytes text = {0};
    size_t start = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        respell(bytes_text(&tokens->text) + start, tokens->ends[i] - start, tokens->types[i],
                &text);
        start = tokens->ends[i];
        tokens->ends[i] = text.length;
    }
    bytes_free(&tokens->text);
    tokens->text = text;
}
