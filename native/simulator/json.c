#include "json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static size_t skip_space(const char *text, size_t length, size_t at) {
    while (at < length && isspace((unsigned char)text[at])) {
        at++;
    }
    return at;
}

/* Returns the position after a string, or length; at is the opening quote. */
static size_t skip_string(const char *text, size_t length, size_t at) {
    for (at++; at < length && text[at] != '"'; at++) {
        if (text[at] == '\\') {
            at++;
        }
    }
    return at < length ? at + 1 : length;
}

/* Returns the position after a value: a string, a scalar, or everything enclosed in brackets. */
static size_t skip_value(const char *text, size_t length, size_t at) {
    int depth = 0;
    while (at < length) {
        char c = text[at];
        if (c == '"') {
            at = skip_string(text, length, at);
        } else if (c == '{' || c == '[') {
            depth++;
            at++;
        } else if ((c == '}' || c == ']' || c == ',') && depth == 0) {
            return at;
        } else {
            depth -= c == '}' || c == ']';
            at++;
        }
        if (depth == 0 && (c == '"' || c == '}' || c == ']')) {
            return at;
        }
    }
    return length;
}

static void append_unicode(const char *text, size_t end, size_t *at, Bytes *out) {
    char digits[5] = {0};
    uint32_t code = 0;
    if (*at + 4 < end) {
        memcpy(digits, text + *at + 1, 4);
        code = (uint32_t)strtoul(digits, NULL, 16);
        *at += 4;
    }
    if (code >= 0xD800 && code < 0xDC00 && *at + 6 < end && text[*at + 1] == '\\') {
        memcpy(digits, text + *at + 3, 4);
        code = 0x10000 + ((code - 0xD800) << 10) + ((uint32_t)strtoul(digits, NULL, 16) - 0xDC00);
        *at += 6;
    }
    char bytes[4];
    bytes_append(out, bytes, code == 0 ? 0 : utf8_encode(code, bytes));
}

/* Appends the content of the string between start and end, without its quotes. */
static void append_string(const char *text, size_t start, size_t end, Bytes *out) {
    static const char from[] = "nrtbf";
    static const char to[] = "\n\r\t\b\f";
    for (size_t at = start + 1; at + 1 < end; at++) {
        if (text[at] != '\\') {
            bytes_append_char(out, text[at]);
            continue;
        }
        at++;
        const char *found = strchr(from, text[at]);
        if (text[at] == 'u') {
            append_unicode(text, end, &at, out);
        } else {
            bytes_append_char(out, found != NULL && *found != '\0' ? to[found - from] : text[at]);
        }
    }
}

/* Returns the position of the value of the next member of that name at or after from, or length. */
static size_t member_value(const char *text, size_t length, const char *name, size_t from) {
    size_t name_length = strlen(name);
    size_t at = from;
    while (at < length) {
        if (text[at] != '"') {
            at++;
            continue;
        }
        size_t end = skip_string(text, length, at);
        size_t colon = skip_space(text, length, end);
        if (end - at == name_length + 2 && memcmp(text + at + 1, name, name_length) == 0 &&
            colon < length && text[colon] == ':') {
            return skip_space(text, length, colon + 1);
        }
        at = end;
    }
    return length;
}

bool json_find(const char *text, size_t length, const char *name, long which, Bytes *out) {
    size_t start = member_value(text, length, name, 0);
    for (long i = 1; i < which && start < length; i++) {
        start = member_value(text, length, name, skip_value(text, length, start));
    }
    if (start == length) {
        return false;
    }
    size_t end = skip_value(text, length, start);
    if (text[start] == '"') {
        append_string(text, start, end, out);
    } else {
        while (end > start && isspace((unsigned char)text[end - 1])) {
            end--;
        }
        bytes_append(out, text + start, end - start);
    }
    return true;
}

void json_unfold(const char *text, size_t length, Bytes *out) {
    for (size_t at = 0; at < length;) {
        size_t end = text[at] == '"' ? skip_string(text, length, at) : at + 1;
        size_t content = skip_space(text, length, at + 1);
        if (text[at] == '"' && content < length && (text[content] == '{' || text[content] == '[')) {
            append_string(text, at, end, out);
        } else {
            bytes_append(out, text + at, end - at);
        }
        at = end;
    }
}

static bool contains_word(const char *text, size_t length, const char *word) {
    size_t size = strlen(word);
    for (size_t i = 0; i + size <= length; i++) {
        if (strncasecmp(text + i, word, size) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Returns the position of the string value of the first "name" that contains the word, or length.
 */
static size_t function_name(const char *text, size_t length, const char *word) {
    size_t at = member_value(text, length, "name", 0);
    while (at < length) {
        size_t end = skip_string(text, length, at);
        if (text[at] == '"' && contains_word(text + at, end - at, word)) {
            return at;
        }
        at = member_value(text, length, "name", at);
    }
    return length;
}

bool json_function(const char *text, size_t length, const char *word, Bytes *out) {
    size_t at = function_name(text, length, word);
    if (at == length) {
        return false;
    }
    append_string(text, at, skip_string(text, length, at), out);
    return true;
}

bool json_argument(const char *text, size_t length, const char *word, Bytes *out) {
    size_t at = function_name(text, length, word);
    at = member_value(text, length, "properties", at);
    if (at == length || text[at] != '{') {
        return false;
    }
    at = skip_space(text, length, at + 1);
    if (at == length || text[at] != '"') {
        return false;
    }
    append_string(text, at, skip_string(text, length, at), out);
    return true;
}

void json_escape(Bytes *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') {
            bytes_append_char(out, '\\');
            bytes_append_char(out, (char)c);
        } else if (c == '\n') {
            bytes_append_text(out, "\\n");
        } else if (c < 0x20) {
            bytes_append_format(out, "\\u%04x", c);
        } else {
            bytes_append_char(out, (char)c);
        }
    }
}
