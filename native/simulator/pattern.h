/*
 * Patterns of "when:" lines. A pattern describes a whole message:
 *
 *   my name is {name}         letters and words, whatever their case; a capture is any text
 *   *weather in {city:word}*  * is any text, also none; :word has no spaces, :int is a number,
 *                             :capital is a word that begins with a capital letter
 *   (hi|hello|good day)*      alternatives, which are expanded when the file is read
 */
#ifndef SIM_PATTERN_H
#define SIM_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "memory.h"
#include "message.h"

typedef enum ElementKind { ELEMENT_LITERAL, ELEMENT_ANY, ELEMENT_CAPTURE } ElementKind;
typedef enum CaptureKind { CAPTURE_TEXT, CAPTURE_WORD, CAPTURE_CAPITAL, CAPTURE_INT } CaptureKind;

typedef struct Element {
    ElementKind kind;
    CaptureKind capture;
    char *bytes; /* literal in lower case, or the name of the capture; owned */
    size_t length;
} Element;

typedef struct Pattern {
    Element *elements;
    size_t count;
    size_t capacity;
} Pattern;

typedef struct PatternList {
    Pattern *patterns;
    size_t count;
    size_t capacity;
} PatternList;

enum { MAX_CAPTURES = 16 };

typedef struct Capture {
    const char *name; /* owned by the pattern */
    size_t start;     /* in the message's plain text */
    size_t length;
} Capture;

typedef struct Captures {
    Capture items[MAX_CAPTURES];
    size_t count;
} Captures;

/* Adds the expansions of one pattern line. Returns false with the problem on failure. */
bool pattern_parse(const char *value, PatternList *list, Bytes *problem);
void pattern_list_free(PatternList *list);

/* Returns whether the pattern matches the whole message, and stores the captures. */
bool pattern_matches(const Pattern *pattern, const Message *message, Captures *captures);
bool pattern_captures(const Pattern *pattern, const char *name);

#endif
