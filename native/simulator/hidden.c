#include "hidden.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "logits.h"
#include "utf8.h"

/* The factors that are applied to the sum after each word and at the beginning of each turn. */
#define WORD_FADE 0.95f
#define TURN_FADE 0.2f
#define POSITION_NOISE 0.02f
#define ADAPTER_SHARE 0.1f

enum { MAX_WORD = 32 };

typedef struct Walk {
    float *sum;          /* of the complete words */
    size_t width;
    char word[MAX_WORD]; /* the incomplete word, in lower case */
    size_t length;
    bool role_follows;   /* a turn has begun, and its first word is the role */
} Walk;

/* Returns one float of the direction that belongs to a key, in [-1, 1). */
static float direction(uint32_t key, size_t index) {
    return (float)(logit_noise(key, (uint32_t)index) >> 8) / 8388608.0f - 1.0f;
}

static uint32_t key_of(const char *bytes, size_t length) {
    uint32_t key = 2166136261u;
    for (size_t i = 0; i < length; i++) {
        key = (key ^ (unsigned char)bytes[i]) * 16777619u;
    }
    return key;
}

/* Returns the weight of the word; short words have less. */
static float weight_of(const Walk *walk) {
    if (walk->role_follows) {
        return 0.02f;
    }
    bool ascii = (unsigned char)walk->word[0] < 0x80;
    if (!ascii || walk->length >= 4) {
        return 1;
    }
    return walk->length == 3 ? 0.3f : 0.1f;
}

/* Returns the key of the word so far, without a plural s. */
static uint32_t word_key(const Walk *walk) {
    size_t length = walk->length;
    if (length > 3 && walk->word[length - 1] == 's') {
        length--;
    }
    return key_of(walk->word, length);
}

static void add(float *sum, size_t width, uint32_t key, float weight) {
    for (size_t i = 0; i < width; i++) {
        sum[i] += weight * direction(key, i);
    }
}

static void fade(Walk *walk, float factor) {
    for (size_t i = 0; i < walk->width; i++) {
        walk->sum[i] *= factor;
    }
}

static void end_word(Walk *walk) {
    if (walk->length > 0) {
        fade(walk, WORD_FADE);
        add(walk->sum, walk->width, word_key(walk), weight_of(walk));
        walk->length = 0;
        walk->role_follows = false;
    }
}

/*
 * Processes text. Letters and digits form words; a character of three bytes or more is a word
 * itself.
 */
static void take_text(Walk *walk, const char *bytes, size_t length) {
    size_t position = 0;
    while (position < length) {
        size_t size = utf8_length(bytes + position, length - position);
        unsigned char c = (unsigned char)bytes[position];
        bool joins = isalnum(c) || c >= 0x80;
        if (!joins || size >= 3) {
            end_word(walk);
        }
        for (size_t i = 0; joins && i < size && walk->length < MAX_WORD; i++) {
            walk->word[walk->length++] = (char)tolower((unsigned char)bytes[position + i]);
        }
        if (size >= 3) {
            end_word(walk);
        }
        position += size;
    }
}

static void take(Walk *walk, const Position *position, const Tokenizer *tokenizer,
                 const char *turn_start) {
    if (position->token == NO_TOKEN || position->row != 0) {
        end_word(walk);
        fade(walk, WORD_FADE);
        add(walk->sum, walk->width, logit_seed(position->row), 1);
        return;
    }
    if (position->picture != 0) {
        end_word(walk); /* a tag is not a word */
        return;
    }
    const Token *token = tokenizer_token(tokenizer, position->token);
    if (token->kind != TOKEN_SPECIAL) {
        take_text(walk, token->bytes, token->length);
        return;
    }
    end_word(walk);
    if (strcmp(token->bytes, turn_start) == 0) {
        fade(walk, TURN_FADE);
        walk->role_follows = true;
    }
}

static void normalize(float *row, size_t width) {
    float squares = 0;
    for (size_t i = 0; i < width; i++) {
        squares += row[i] * row[i];
    }
    float length = sqrtf(squares);
    for (size_t i = 0; length > 0 && i < width; i++) {
        row[i] /= length;
    }
}

/*
 * Writes the normalized sum, including the incomplete word, plus a small position-dependent part.
 */
static void write_row(const Walk *walk, float *row, size_t place, const Influence *influence) {
    memcpy(row, walk->sum, walk->width * sizeof *row);
    if (walk->length > 0) {
        add(row, walk->width, word_key(walk), weight_of(walk));
    }
    normalize(row, walk->width);
    float scale = 1 / sqrtf((float)walk->width);
    add(row, walk->width, (uint32_t)place * 2654435761u, POSITION_NOISE * scale);
    if (influence->adapter != 0) {
        add(row, walk->width, logit_seed(influence->adapter) + (uint32_t)place,
            ADAPTER_SHARE * scale * influence->scale);
    }
    if (influence->encoder != 0) {
        add(row, walk->width, logit_seed(influence->encoder) + (uint32_t)place,
            ADAPTER_SHARE * scale * influence->attention);
    }
}

void hidden_fill(float *rows, size_t width, const Positions *positions, size_t first,
                 const Tokenizer *tokenizer, const char *turn_start, const Influence *influence) {
    Walk walk = {.sum = sim_alloc(width * sizeof(float)), .width = width};
    for (size_t i = 0; i < positions->count; i++) {
        take(&walk, &positions->items[i], tokenizer, turn_start);
        if (i >= first) {
            write_row(&walk, rows + (i - first) * width, i, influence);
        }
    }
    sim_free(walk.sum);
}
