#include "continuation.h"

#include <string.h>

static size_t text_length(const ScriptContext *context, const Position *position) {
    bool silent = position->token == NO_TOKEN || position->picture != 0;
    return silent ? 0 : tokenizer_token(context->tokenizer, position->token)->length;
}

size_t continuation_position(const ScriptContext *context, size_t offset) {
    size_t left = open_turn(context->conversation)->length - offset;
    size_t position = context->cache->count;
    while (position > 0 && left > 0) {
        size_t length = text_length(context, &context->cache->items[--position]);
        left = length > left ? 0 : left - length;
    }
    return position;
}

/* The text of the answer so far, and how much of it has been found in the reply. */
typedef struct Said {
    const ScriptContext *context;
    const char *text;
    size_t length;
    size_t offset; /* in the text of the open turn */
    size_t found;
} Said;

/* Determines how many bytes of a chunk's text the answer contains. Returns false if it differs. */
static bool said_of_text(Said *said, const char *text, size_t length, size_t *out) {
    size_t left = said->length - said->found;
    *out = length < left ? length : left;
    bool same = memcmp(said->text + said->found, text, *out) == 0;
    said->found += *out;
    return same;
}

/*
 * Returns how many of a chunk's generated tokens the answer contains. Positions without text do not
 * count.
 */
static size_t said_of_generated(Said *said, size_t count) {
    const Positions *cache = said->context->cache;
    size_t taken = 0;
    for (size_t i = continuation_position(said->context, said->offset + said->found);
         i < cache->count && taken < count; i++) {
        size_t length = text_length(said->context, &cache->items[i]);
        size_t left = said->length - said->found;
        said->found += length < left ? length : left;
        taken += length > 0;
    }
    return taken;
}

/*
 * Returns whether the answer is the beginning of the reply, and stores how much of each chunk it
 * contains.
 */
static bool find_said(Said *said, const Reply *reply, size_t *taken) {
    for (size_t i = 0; i < reply->count; i++) {
        const Chunk *chunk = &reply->chunks[i];
        taken[i] = 0;
        if (said->found == said->length) {
            continue;
        }
        if (chunk->generated > 0) {
            taken[i] = said_of_generated(said, (size_t)chunk->generated);
        } else if (!said_of_text(said, bytes_text(&reply->bytes) + chunk->start, chunk->length,
                                 &taken[i])) {
            return false;
        }
    }
    return said->found == said->length;
}

bool continue_open(const ScriptContext *context, const Thinking *thinking, Reply *reply) {
    const Turn *open = open_turn(context->conversation);
    if (open == NULL) {
        return true;
    }
    Said said = {.context = context,
                 .text = turn_text(context->conversation, open) + thinking->answer_from,
                 .length = open->length - thinking->answer_from,
                 .offset = thinking->answer_from};
    size_t *taken = sim_alloc(reply->count * sizeof *taken);
    bool fits = find_said(&said, reply, taken);
    /* If the end of the sequence is ignored, the answer may be longer than the script. */
    bool ended = !fits && context->settings->ignore_eos_token && reply->count > 0 &&
                 said.found == reply->bytes.length;
    for (size_t i = 0; (fits || ended) && i < reply->count; i++) {
        Chunk *chunk = &reply->chunks[i];
        if (chunk->generated > 0) {
            chunk->generated -= (long)taken[i];
        } else {
            chunk->start += taken[i];
            chunk->length -= taken[i];
        }
    }
    sim_free(taken);
    return fits || ended;
}
