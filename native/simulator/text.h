/*
 * Texts of a model file. Escapes are resolved when the file is read, placeholders such as {name}
 * when a reply is created. Bars (|) may mark where a reply is divided into tokens.
 */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "memory.h"

typedef enum SegmentKind {
    SEGMENT_LITERAL,     /* literal bytes */
    SEGMENT_PLACEHOLDER, /* the name between braces */
    SEGMENT_BAR          /* a cut, or the character | where bars do not cut */
} SegmentKind;

typedef struct Segment {
    SegmentKind kind;
    char *bytes; /* owned, NUL-terminated */
    size_t length;
} Segment;

typedef struct Text {
    Segment *segments;
    size_t count;
    size_t capacity;
} Text;

/* Parses a value. Returns false with the problem on failure. */
bool text_parse(const char *value, Text *text, Bytes *problem);
void text_free(Text *text);
/* Appends a newline and the segments of more (which becomes empty) to text. */
void text_append_line(Text *text, Text *more);
bool text_has_placeholders(const Text *text);
/* Appends the literal bytes of the text, without placeholders. */
void text_literals(const Text *text, Bytes *out);

/*
 * Reads one escape sequence. value points to the backslash; out receives at most 4 bytes. Returns
 * the number of characters read, or 0 with the problem.
 */
size_t text_escape(const char *value, char *out, size_t *out_length, Bytes *problem);

/* Returns whether the characters form a valid placeholder name. */
bool text_is_name(const char *name, size_t length);

#endif
