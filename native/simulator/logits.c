#include "logits.h"

static float base(uint32_t seed, uint32_t id) {
    return (float)(logit_noise(seed, id) >> 17) * (1.0f / 4096);
}

/* Returns the contribution of an adapter or the encoder, in [-1/4, 1/4). */
static float shift(uint32_t seed, uint32_t id) {
    return ((float)(logit_noise(seed, id) >> 20) - 2048) * (1.0f / 8192);
}

static uint32_t seed_of(uint64_t hash, uint64_t influence) {
    return logit_seed((hash ^ influence) * 0x9E3779B97F4A7C15u);
}

float logit_of_word(uint64_t hash, const Influence *influence, int32_t id) {
    float value = base(logit_seed(hash), (uint32_t)id);
    if (influence->adapter != 0) {
        value += influence->scale * shift(seed_of(hash, influence->adapter), (uint32_t)id);
    }
    if (influence->encoder != 0) {
        value += influence->attention * shift(seed_of(hash, influence->encoder), (uint32_t)id);
    }
    return value;
}

static void add_shift(float *row, size_t count, float scale, uint32_t seed) {
    for (size_t id = 0; id < count; id++) {
        row[id] += scale * shift(seed, (uint32_t)id);
    }
}

void logits_fill(float *row, size_t count, const float *offsets, uint64_t hash,
                 const Influence *influence, int32_t scripted) {
    uint32_t seed = logit_seed(hash);
    for (size_t id = 0; id < count; id++) {
        row[id] = offsets[id] + base(seed, (uint32_t)id);
    }
    if (influence->adapter != 0) {
        add_shift(row, count, influence->scale, seed_of(hash, influence->adapter));
    }
    if (influence->encoder != 0) {
        add_shift(row, count, influence->attention, seed_of(hash, influence->encoder));
    }
    if (scripted >= 0 && (size_t)scripted < count) {
        row[scripted] = LOGIT_SCRIPTED;
    }
}
