#include "pattern.h"

#include <ctype.h>
#include <string.h>

#include "text.h"

enum { MAX_EXPANSIONS = 256 };

/* ---- parsing ---- */

static void add_element(Pattern *pattern, ElementKind kind, const char *bytes, size_t length) {
    pattern->elements =
        sim_grow(pattern->elements, pattern->count, &pattern->capacity, sizeof(Element));
    Element *element = &pattern->elements[pattern->count++];
    *element = (Element){.kind = kind, .bytes = sim_copy_bytes(bytes, length), .length = length};
}

static void pattern_free(Pattern *pattern) {
    for (size_t i = 0; i < pattern->count; i++) {
        sim_free(pattern->elements[i].bytes);
    }
    sim_free(pattern->elements);
}

void pattern_list_free(PatternList *list) {
    for (size_t i = 0; i < list->count; i++) {
        pattern_free(&list->patterns[i]);
    }
    sim_free(list->patterns);
    *list = (PatternList){0};
}

/* Adds the collected literal, in the normalized form of messages. */
static void add_literal(Pattern *pattern, Bytes *literal) {
    Bytes folded = {0};
    message_fold(&folded, bytes_text(literal), literal->length);
    if (folded.length > 0) {
        add_element(pattern, ELEMENT_LITERAL, folded.data, folded.length);
    }
    bytes_free(&folded);
    bytes_clear(literal);
}

static bool add_capture(Pattern *pattern, const char *name, size_t length, Bytes *problem) {
    const char *colon = memchr(name, ':', length);
    size_t bare = colon == NULL ? length : (size_t)(colon - name);
    CaptureKind kind = CAPTURE_TEXT;
    if (colon != NULL && strncmp(colon, ":word}", 6) == 0) {
        kind = CAPTURE_WORD;
    } else if (colon != NULL && strncmp(colon, ":capital}", 9) == 0) {
        kind = CAPTURE_CAPITAL;
    } else if (colon != NULL && strncmp(colon, ":int}", 5) == 0) {
        kind = CAPTURE_INT;
    } else if (colon != NULL) {
        bytes_append_text(problem, "captures are {name}, {name:word}, {name:capital} and {name:int}");
        return false;
    }
    if (!text_is_name(name, bare)) {
        bytes_append_text(problem, "a capture needs a name of letters, digits and _");
        return false;
    }
    add_element(pattern, ELEMENT_CAPTURE, name, bare);
    pattern->elements[pattern->count - 1].capture = kind;
    return true;
}

/* Parses one pattern without groups. */
static bool parse_flat(const char *value, Pattern *pattern, Bytes *problem) {
    Bytes literal = {0};
    bool ok = true;
    size_t captures = 0;
    while (*value != '\0' && ok) {
        if (*value == '\\') {
            char out[4];
            size_t out_length = 0;
            size_t read = text_escape(value, out, &out_length, problem);
            bytes_append(&literal, out, read == 0 ? 0 : out_length);
            value += read;
            ok = read > 0;
        } else if (*value == '*') {
            add_literal(pattern, &literal);
            add_element(pattern, ELEMENT_ANY, "", 0);
            value++;
        } else if (*value == '{') {
            const char *end = strchr(value, '}');
            if (end == NULL || ++captures > MAX_CAPTURES) {
                bytes_append_text(problem, end == NULL ? "a capture is not closed"
                                                       : "too many captures in one pattern");
                ok = false;
            } else {
                add_literal(pattern, &literal);
                ok = add_capture(pattern, value + 1, (size_t)(end - value - 1), problem);
                value = end + 1;
            }
        } else {
            bytes_append_char(&literal, *value++);
        }
    }
    add_literal(pattern, &literal);
    bytes_free(&literal);
    return ok;
}

/* Returns the next unescaped c, or NULL. */
static const char *find_plain(const char *value, char c) {
    for (; *value != '\0'; value++) {
        if (*value == '\\' && value[1] != '\0') {
            value++;
        } else if (*value == c) {
            return value;
        }
    }
    return NULL;
}

static bool add_flat(const char *value, PatternList *list, Bytes *problem) {
    if (list->count >= MAX_EXPANSIONS) {
        bytes_append_format(problem, "more than %d alternatives in one rule", MAX_EXPANSIONS);
        return false;
    }
    /* The normalized form: collapsed spaces and no closing marks, as in messages. */
    Bytes plain = {0};
    message_plain(&plain, value, strlen(value));
    list->patterns = sim_grow(list->patterns, list->count, &list->capacity, sizeof(Pattern));
    Pattern *pattern = &list->patterns[list->count++];
    *pattern = (Pattern){0};
    bool ok = parse_flat(bytes_text(&plain), pattern, problem);
    bytes_free(&plain);
    return ok;
}

/* Returns the problem with the first group, or NULL. */
static const char *group_problem(const char *open, const char *close, int depth) {
    if (open == NULL || close == NULL) {
        return open == NULL ? "a group ) is not opened" : "a group ( is not closed";
    }
    const char *inner = find_plain(open + 1, '(');
    if (inner != NULL && inner < close) {
        return "groups do not nest";
    }
    return depth > 8 ? "too many groups" : NULL;
}

/* Replaces the first group by each of its alternatives and expands the results. */
static bool expand(const char *value, PatternList *list, Bytes *problem, int depth) {
    const char *open = find_plain(value, '(');
    const char *close = find_plain(open == NULL ? value : open, ')');
    if (open == NULL && close == NULL) {
        return add_flat(value, list, problem);
    }
    const char *wrong = group_problem(open, close, depth);
    if (wrong != NULL) {
        bytes_append_text(problem, wrong);
        return false;
    }
    bool ok = true;
    const char *start = open + 1;
    while (ok && start <= close) {
        const char *bar = find_plain(start, '|');
        const char *end = bar == NULL || bar > close ? close : bar;
        Bytes line = {0};
        bytes_append(&line, value, (size_t)(open - value));
        bytes_append(&line, start, (size_t)(end - start));
        bytes_append_text(&line, close + 1);
        ok = expand(line.data, list, problem, depth + 1);
        bytes_free(&line);
        start = end + 1;
    }
    return ok;
}

bool pattern_parse(const char *value, PatternList *list, Bytes *problem) {
    return expand(value, list, problem, 0);
}

bool pattern_captures(const Pattern *pattern, const char *name) {
    for (size_t i = 0; i < pattern->count; i++) {
        const Element *element = &pattern->elements[i];
        if (element->kind == ELEMENT_CAPTURE && strcmp(element->bytes, name) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- matching ---- */

typedef struct Match {
    const Pattern *pattern;
    const char *text;  /* normalized, in lower case */
    const char *plain; /* normalized, with the same length */
    size_t length;
    Captures *captures;
    /*
     * The remaining number of bytes and steps for backtracking, which prevents quadratic time for a
     * long prompt. If nothing remains, the pattern does not match.
     */
    long budget;
} Match;

static bool match_from(Match *match, size_t index, size_t position);

static void note_capture(Match *match, const Element *element, size_t start, size_t end) {
    Captures *captures = match->captures;
    while (end > start && strchr(".,;:!? ", match->text[end - 1]) != NULL) {
        end--;
    }
    while (start < end && match->text[start] == ' ') {
        start++;
    }
    captures->items[captures->count++] = (Capture){element->bytes, start, end - start};
}

/* Tries every end of an element of variable length, shortest first. */
static bool match_free(Match *match, size_t index, size_t start) {
    const Element *element = &match->pattern->elements[index];
    bool capture = element->kind == ELEMENT_CAPTURE;
    size_t noted = match->captures->count;
    size_t end = start + (capture ? 1 : 0);
    bool last = index + 1 == match->pattern->count;
    const Element *next = last ? NULL : &match->pattern->elements[index + 1];
    if (last) {
        end = end > match->length ? match->length + 1 : match->length;
    }
    for (; end <= match->length && match->budget > 0; end++) {
        if (next != NULL && next->kind == ELEMENT_LITERAL) {
            const char *found =
                memmem(match->text + end, match->length - end, next->bytes, next->length);
            if (found == NULL) {
                match->budget -= (long)(match->length - end);
                match->captures->count = noted;
                return false;
            }
            match->budget -= found - (match->text + end);
            end = (size_t)(found - match->text);
        }
        match->captures->count = noted;
        if (capture) {
            note_capture(match, element, start, end);
        }
        if (match_from(match, index + 1, end)) {
            return true;
        }
    }
    match->captures->count = noted;
    return false;
}

/* Letters beyond ASCII count, because not every script has capitals. */
static bool is_capital(char c) {
    return (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* Matches a word or number as far as it extends. */
static bool match_typed(Match *match, size_t index, size_t start) {
    const Element *element = &match->pattern->elements[index];
    size_t end = start;
    if (element->capture == CAPTURE_INT) {
        while (end < match->length && isdigit((unsigned char)match->text[end])) {
            end++;
        }
    } else {
        while (end < match->length && strchr(" ,;:!?\"()", match->text[end]) == NULL) {
            end++;
        }
        while (end > start && match->text[end - 1] == '.') {
            end--;
        }
    }
    if (end == start ||
        (element->capture == CAPTURE_CAPITAL && !is_capital(match->plain[start]))) {
        return false;
    }
    size_t noted = match->captures->count;
    note_capture(match, element, start, end);
    if (match_from(match, index + 1, end)) {
        return true;
    }
    match->captures->count = noted;
    return false;
}

static bool match_from(Match *match, size_t index, size_t position) {
    match->budget--;
    if (index == match->pattern->count) {
        return position == match->length;
    }
    const Element *element = &match->pattern->elements[index];
    if (element->kind == ELEMENT_LITERAL) {
        return match->length - position >= element->length &&
               memcmp(match->text + position, element->bytes, element->length) == 0 &&
               match_from(match, index + 1, position + element->length);
    }
    if (element->kind == ELEMENT_CAPTURE && element->capture != CAPTURE_TEXT) {
        return match_typed(match, index, position);
    }
    return match_free(match, index, position);
}

bool pattern_matches(const Pattern *pattern, const Message *message, Captures *captures) {
    captures->count = 0;
    Match match = {pattern, bytes_text(&message->folded), bytes_text(&message->plain),
                   message->folded.length, captures,
                   8 * (long)message->folded.length + 20000};
    return match_from(&match, 0, 0);
}
