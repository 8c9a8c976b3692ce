/*
 * A minimal UTF-8 implementation: finds the ends of characters, and detects sequences that stop
 * inside one.
 */
#ifndef SIM_UTF8_H
#define SIM_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The state between the bytes of a stream. If zero-initialized, it is between two characters. */
typedef struct Utf8State {
    int missing;       /* number of continuation bytes to come */
    unsigned char low; /* bounds of the next continuation byte */
    unsigned char high;
} Utf8State;

/* Processes one byte. A byte that cannot continue the character begins a new one. */
void utf8_feed(Utf8State *state, unsigned char byte);

/*
 * Returns the length of the character at the start of bytes, or 1 if there is no valid character.
 */
size_t utf8_length(const char *bytes, size_t length);

/*
 * Writes the UTF-8 form of a code point (at most 4 bytes) and returns its length, or 0 if it is
 * invalid.
 */
size_t utf8_encode(uint32_t code_point, char *out);

#endif
