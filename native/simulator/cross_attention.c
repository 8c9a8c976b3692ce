#include "cross_attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The number of levels of attention, which is small so that sums of logits remain exact. */
enum { GRADES = 8 };

static uint64_t absorb(uint64_t hash, const void *value) {
    uint32_t bits;
    memcpy(&bits, value, sizeof bits);
    hash = (hash ^ bits) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

static uint64_t read_all(const CrossAttention *attention, size_t width) {
    uint64_t hash = 0;
    for (size_t i = 0; i < width * attention->tokens; i++) {
        hash = absorb(hash, &attention->keys[i]);
        hash = absorb(hash, &attention->values[i]);
    }
    for (size_t i = 0; i < attention->tokens; i++) {
        hash = absorb(hash, &attention->mask[i]);
        hash = absorb(hash, &attention->places[i]);
    }
    return hash;
}

/* Returns a hash of the data of the tokens that are not masked. */
static uint64_t read_seen(const CrossAttention *attention, const Model *model) {
    size_t inner = (size_t)model->kv_heads * (size_t)model->head_dim;
    size_t tokens = attention->tokens;
    uint64_t hash = 0;
    for (size_t i = 0; i < tokens; i++) {
        if (!(attention->mask[i] > 0)) {
            continue;
        }
        hash = absorb(absorb(hash, &attention->mask[i]), &attention->places[i]);
        for (size_t layer = 0; layer < (size_t)model->layers; layer++) {
            for (size_t j = 0; j < inner; j++) {
                hash = absorb(hash, &attention->keys[(layer * tokens + i) * inner + j]);
                hash = absorb(hash, &attention->values[(layer * inner + j) * tokens + i]);
            }
        }
    }
    return hash;
}

static float attention_of(const CrossAttention *attention) {
    float sum = 0;
    for (size_t i = 0; i < attention->tokens; i++) {
        float mask = attention->mask[i];
        sum += mask > 0 ? fminf(mask, 1) : 0;
    }
    return ceilf(sum / (float)attention->tokens * GRADES) / GRADES;
}

/* ---- words ---- */

typedef struct Place {
    int32_t place;
    size_t token;
} Place;

static int compare_places(const void *first, const void *second) {
    const Place *a = first;
    const Place *b = second;
    if (a->place != b->place) {
        return a->place < b->place ? -1 : 1;
    }
    return a->token < b->token ? -1 : 1;
}

/* Returns the word of a token, whose number must be the same in keys and values. */
static const char *word_of(const CrossAttention *attention, const Model *model, size_t token) {
    size_t inner = (size_t)model->kv_heads * (size_t)model->head_dim;
    float key = roundf(attention->keys[token * inner]);
    if (key != roundf(attention->values[token])) {
        return "!";
    }
    bool known = key >= 0 && key < (float)model->encoder_words.count;
    return known ? model->encoder_words.items[(size_t)key] : "?";
}

static void read_words(const CrossAttention *attention, const Model *model, Bytes *out) {
    Place *places = sim_alloc(attention->tokens * sizeof *places);
    size_t count = 0;
    for (size_t i = 0; i < attention->tokens; i++) {
        if (attention->mask[i] > 0) {
            places[count++] = (Place){attention->places[i], i};
        }
    }
    qsort(places, count, sizeof *places, compare_places);
    for (size_t i = 0; i < count; i++) {
        bytes_append_text(out, i == 0 ? "" : " ");
        bytes_append_text(out, word_of(attention, model, places[i].token));
    }
    sim_free(places);
}

void cross_attention_read(const CrossAttention *attention, const Model *model, Encoded *encoded,
                          Influence *influence) {
    *encoded = (Encoded){0};
    if (attention->keys == NULL) {
        return;
    }
    size_t width = (size_t)model->layers * (size_t)model->kv_heads * (size_t)model->head_dim;
    encoded->present = true;
    encoded->tokens = attention->tokens;
    encoded->touched = read_all(attention, width);
    read_words(attention, model, &encoded->words);
    influence->attention = attention_of(attention);
    influence->encoder = influence->attention > 0 ? read_seen(attention, model) | 1 : 0;
}

void encoded_free(Encoded *encoded) {
    bytes_free(&encoded->words);
    *encoded = (Encoded){0};
}
