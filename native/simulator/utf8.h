/* Just enough UTF-8: where characters end, and whether a byte sequence stops inside one. */
#ifndef SIM_UTF8_H
#define SIM_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* State between bytes of a stream. Zero-initialised is "between two characters". */
typedef struct Utf8State {
    int missing;       /* continuation bytes that are still to come */
    unsigned char low; /* bounds of the next continuation byte */
    unsigned char high;
} Utf8State;

/* Takes one byte. A byte that cannot continue the character begins anew. */
void utf8_feed(Utf8State *state, unsigned char byte);

/* Length of the character at the start of bytes; 1 for a byte that begins no valid character. */
size_t utf8_length(const char *bytes, size_t length);

/* Writes the UTF-8 form of a code point (at most 4 bytes) and returns its length, 0 if invalid. */
size_t utf8_encode(uint32_t code_point, char *out);

#endif
