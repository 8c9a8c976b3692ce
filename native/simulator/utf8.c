#include "utf8.h"

static void begin(Utf8State *state, unsigned char byte) {
    state->low = 0x80;
    state->high = 0xBF;
    if (byte >= 0xC2 && byte <= 0xDF) {
        state->missing = 1;
    } else if (byte >= 0xE0 && byte <= 0xEF) {
        state->missing = 2;
        state->low = byte == 0xE0 ? 0xA0 : 0x80;  /* no overlong forms */
        state->high = byte == 0xED ? 0x9F : 0xBF; /* no surrogates */
    } else if (byte >= 0xF0 && byte <= 0xF4) {
        state->missing = 3;
        state->low = byte == 0xF0 ? 0x90 : 0x80;
        state->high = byte == 0xF4 ? 0x8F : 0xBF;
    } else {
        state->missing = 0;
    }
}

void utf8_feed(Utf8State *state, unsigned char byte) {
    if (state->missing > 0 && byte >= state->low && byte <= state->high) {
        state->missing--;
        state->low = 0x80;
        state->high = 0xBF;
    } else {
        begin(state, byte);
    }
}

size_t utf8_length(const char *bytes, size_t length) {
    Utf8State state = {0};
    begin(&state, (unsigned char)bytes[0]);
    size_t expected = (size_t)state.missing + 1;
    for (size_t i = 1; i < expected; i++) {
        if (i >= length) {
            return 1;
        }
        int missing = state.missing;
        utf8_feed(&state, (unsigned char)bytes[i]);
        if (state.missing != missing - 1) {
            return 1;
        }
    }
    return expected;
}

size_t utf8_encode(uint32_t code_point, char *out) {
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | (code_point >> 6));
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point >= 0xD800 && code_point <= 0xDFFF) {
        return 0;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | (code_point >> 12));
        out[1] = (char)(0x80 | ((code_point >> 6) & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    if (code_point <= 0x10FFFF) {
        out[0] = (char)(0xF0 | (code_point >> 18));
        out[1] = (char)(0x80 | ((code_point >> 12) & 0x3F));
        out[2] = (char)(0x80 | ((code_point >> 6) & 0x3F));
        out[3] = (char)(0x80 | (code_point & 0x3F));
        return 4;
    }
    return 0;
}
