/*
 * Texts of a model file: escapes are resolved when the file is read, placeholders such as {name}
 * when a reply is made, and bars (|) may mark where a reply is cut into tokens.
 */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "memory.h"

typedef enum SegmentKind {
    SEGMENT_LITERAL,     /* bytes as they are */
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

/* Parses a value. On failure returns false and says in problem what is wrong. */
bool text_parse(const char *value, Text *text, Bytes *problem);
void text_free(Text *text);
/* Joins a newline and the segments of more (which becomes empty) to text. */
void text_append_line(Text *text, Text *more);
bool text_has_placeholders(const Text *text);
/* The literal bytes of the text, placeholders left out. */
void text_literals(const Text *text, Bytes *out);

/*
 * Reads one escape sequence: value points at the backslash, out receives its bytes (at most 4).
 * Returns how many characters were read, or 0 with the problem.
 */
size_t text_escape(const char *value, char *out, size_t *out_length, Bytes *problem);

/* Whether c may stand in a placeholder name (not at its start for '.', ':' and '-'). */
bool text_is_name(const char *name, size_t length);

#endif
