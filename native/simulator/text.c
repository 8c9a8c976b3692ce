#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

bool text_is_name(const char *name, size_t length) {
    if (length == 0 || !(isalpha((unsigned char)name[0]) || name[0] == '_')) {
        return false;
    }
    for (size_t i = 1; i < length; i++) {
        unsigned char c = (unsigned char)name[i];
        if (!isalnum(c) && strchr("_.:-", c) == NULL) {
            return false;
        }
    }
    return true;
}

static size_t hex_escape(const char *value, char *out, size_t *out_length, Bytes *problem) {
    if (!isxdigit((unsigned char)value[2]) || !isxdigit((unsigned char)value[3])) {
        bytes_append_text(problem, "\\x needs two hexadecimal digits");
        return 0;
    }
    char digits[3] = {value[2], value[3], '\0'};
    out[0] = (char)strtol(digits, NULL, 16);
    *out_length = 1;
    if (out[0] == '\0') {
        bytes_append_text(problem, "\\x00 is not possible: a text ends at its first NUL");
        return 0;
    }
    return 4;
}

static size_t unicode_escape(const char *value, char *out, size_t *out_length, Bytes *problem) {
    char *end = NULL;
    unsigned long code_point = value[2] == '{' ? strtoul(value + 3, &end, 16) : 0;
    bool closed = end != NULL && end != value + 3 && *end == '}';
    if (!closed || code_point == 0 || code_point > 0x10FFFF) {
        bytes_append_text(problem, "\\u needs a code point in braces, such as \\u{1F600}");
        return 0;
    }
    *out_length = utf8_encode((uint32_t)code_point, out);
    if (*out_length == 0) {
        bytes_append_text(problem, "\\u must not be a surrogate");
        return 0;
    }
    return (size_t)(end + 1 - value);
}

size_t text_escape(const char *value, char *out, size_t *out_length, Bytes *problem) {
    static const char from[] = "ntr\\\"{}|*()#";
    static const char to[] = "\n\t\r\\\"{}|*()#";
    if (value[1] == 'x') {
        return hex_escape(value, out, out_length, problem);
    }
    if (value[1] == 'u') {
        return unicode_escape(value, out, out_length, problem);
    }
    const char *found = value[1] == '\0' ? NULL : strchr(from, value[1]);
    if (found == NULL) {
        bytes_append_format(problem, "unknown escape \\%c", value[1] == '\0' ? ' ' : value[1]);
        return 0;
    }
    out[0] = to[found - from];
    *out_length = 1;
    return 2;
}

static void add_segment(Text *text, SegmentKind kind, const char *bytes, size_t length) {
    text->segments = sim_grow(text->segments, text->count, &text->capacity, sizeof(Segment));
    Segment *segment = &text->segments[text->count++];
    segment->kind = kind;
    segment->bytes = sim_copy_bytes(bytes, length);
    segment->length = length;
}

static void add_literal(Text *text, Bytes *literal) {
    if (literal->length > 0) {
        add_segment(text, SEGMENT_LITERAL, literal->data, literal->length);
        bytes_clear(literal);
    }
}

/* Returns the length of a placeholder including its braces, or 0 if the brace is literal. */
static size_t placeholder_length(const char *value) {
    const char *end = strchr(value, '}');
    if (end == NULL || !text_is_name(value + 1, (size_t)(end - value - 1))) {
        return 0;
    }
    return (size_t)(end - value + 1);
}

bool text_parse(const char *value, Text *text, Bytes *problem) {
    Bytes literal = {0};
    bool ok = true;
    while (*value != '\0' && ok) {
        size_t placeholder = *value == '{' ? placeholder_length(value) : 0;
        if (*value == '\\') {
            char out[4];
            size_t out_length = 0;
            size_t read = text_escape(value, out, &out_length, problem);
            bytes_append(&literal, out, read == 0 ? 0 : out_length);
            value += read;
            ok = read > 0;
        } else if (placeholder > 0) {
            add_literal(text, &literal);
            add_segment(text, SEGMENT_PLACEHOLDER, value + 1, placeholder - 2);
            value += placeholder;
        } else if (*value == '|') {
            add_literal(text, &literal);
            add_segment(text, SEGMENT_BAR, "|", 1);
            value++;
        } else {
            bytes_append_char(&literal, *value++);
        }
    }
    add_literal(text, &literal);
    bytes_free(&literal);
    return ok;
}

void text_free(Text *text) {
    for (size_t i = 0; i < text->count; i++) {
        sim_free(text->segments[i].bytes);
    }
    sim_free(text->segments);
    *text = (Text){0};
}

void text_append_line(Text *text, Text *more) {
    add_segment(text, SEGMENT_LITERAL, "\n", 1);
    for (size_t i = 0; i < more->count; i++) {
        const Segment *segment = &more->segments[i];
        add_segment(text, segment->kind, segment->bytes, segment->length);
    }
    text_free(more);
}

bool text_has_placeholders(const Text *text) {
    for (size_t i = 0; i < text->count; i++) {
        if (text->segments[i].kind == SEGMENT_PLACEHOLDER) {
            return true;
        }
    }
    return false;
}

void text_literals(const Text *text, Bytes *out) {
    for (size_t i = 0; i < text->count; i++) {
        const Segment *segment = &text->segments[i];
        if (segment->kind == SEGMENT_PLACEHOLDER) {
            bytes_append_char(out, '\n'); /* separates the words on both sides */
        } else {
            bytes_append(out, segment->bytes, segment->length);
        }
    }
}
