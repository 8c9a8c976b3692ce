#include "influence.h"

#include <string.h>

uint64_t influence_key(const Influence *influence) {
    uint32_t scale = 0;
    uint64_t key = influence->encoder;
    if (influence->adapter != 0) {
        memcpy(&scale, &influence->scale, sizeof scale);
        key = (key ^ influence->adapter ^ (uint64_t)scale << 16) * 0x9E3779B97F4A7C15u;
        key ^= key >> 32;
    }
    return key;
}
