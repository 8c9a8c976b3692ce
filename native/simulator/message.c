#include "message.h"

#include <ctype.h>
#include <string.h>

static const char *const closing_marks[] = {".", "?", "!", "…", "。", "？", "！", " "};

/* Returns the length of the closing mark at the end of text, or 0. */
static size_t closing_mark(const char *text, size_t length) {
    for (size_t i = 0; i < sizeof closing_marks / sizeof *closing_marks; i++) {
        size_t mark = strlen(closing_marks[i]);
        if (length >= mark && memcmp(text + length - mark, closing_marks[i], mark) == 0) {
            return mark;
        }
    }
    return 0;
}

static void trim_end(Bytes *bytes) {
    size_t mark;
    while ((mark = closing_mark(bytes_text(bytes), bytes->length)) > 0) {
        bytes->length -= mark;
        bytes->data[bytes->length] = '\0';
    }
}

/* Collapses white space and replaces the typographic apostrophe. */
static void append_plain(Bytes *plain, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (isspace(c)) {
            if (plain->length > 0 && plain->data[plain->length - 1] != ' ') {
                bytes_append_char(plain, ' ');
            }
        } else if (i + 2 < length && memcmp(text + i, "’", 3) == 0) {
            bytes_append_char(plain, '\'');
            i += 2;
        } else {
            bytes_append_char(plain, (char)c);
        }
    }
}

void message_fold(Bytes *folded, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        bytes_append_char(folded, (char)(c < 0x80 ? tolower(c) : c));
    }
}

void message_plain(Bytes *plain, const char *text, size_t length) {
    append_plain(plain, text, length);
    trim_end(plain);
}

void message_prepare(Message *message, const char *text, size_t length) {
    *message = (Message){0};
    message_plain(&message->plain, text, length);
    message_fold(&message->folded, bytes_text(&message->plain), message->plain.length);
}

void message_free(Message *message) {
    bytes_free(&message->plain);
    bytes_free(&message->folded);
}
