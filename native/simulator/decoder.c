#include "decoder.h"

#include <string.h>

#include "utf8.h"

static uint64_t absorb(uint64_t hash, int32_t token) {
    hash = (hash ^ (uint64_t)(uint32_t)token) * 0x9E3779B97F4A7C15u;
    return hash ^ (hash >> 32);
}

static uint64_t hash_cache(const KvCache *cache) {
    uint64_t hash = 0;
    for (size_t i = 0; i < cache->tokens.count; i++) {
        hash = absorb(hash, cache->tokens.ids[i]);
    }
    return hash;
}

/* Generated text: each next word follows from the hash of everything before it. */
static void generate(const Tokenizer *tokenizer, uint64_t hash, size_t count, size_t max,
                     Tokens *out) {
    for (size_t i = 0; i < out->count; i++) {
        hash = absorb(hash, out->ids[i]);
    }
    for (size_t i = 0; i < count && out->count < max; i++) {
        int32_t token = tokenizer->words.ids[(hash >> 16) % tokenizer->words.count];
        tokens_append(out, token);
        hash = absorb(hash, token);
    }
}

/* Length of the next piece of a chunk that is cut in a way of its own. */
static size_t piece_length(const char *text, size_t length, const Chunk *chunk, int cut_size) {
    size_t end = 1;
    switch (chunk->cut) {
    case CUT_BYTES:
        end = (size_t)cut_size;
        break;
    case CUT_CHARS:
        end = utf8_length(text, length);
        break;
    case CUT_WORDS:
        while (end < length && text[end] != ' ') {
            end++;
        }
        break;
    case CUT_BARS:
    case CUT_TOKENS:
        end = length;
        break;
    }
    return end < length ? end : length;
}

static void cut_chunk(Tokenizer *tokenizer, const char *text, const Chunk *chunk, int cut_size,
                      size_t max, Tokens *out) {
    if (chunk->cut == CUT_TOKENS) {
        tokenizer_encode(tokenizer, text, chunk->length, out);
        return;
    }
    size_t position = 0;
    while (position < chunk->length && out->count < max) {
        size_t length =
            piece_length(text + position, chunk->length - position, chunk, cut_size);
        tokens_append(out, tokenizer_intern(tokenizer, text + position, length));
        position += length;
    }
}

/* A scripted end of turn ends the reply, as it would in a real model. */
static bool cut_at_end_of_turn(const Tokenizer *tokenizer, const Model *model, Tokens *tokens) {
    int32_t end = tokenizer_find(tokenizer, model->end_of_turn, strlen(model->end_of_turn));
    for (size_t i = 0; i < tokens->count; i++) {
        if (tokens->ids[i] == end) {
            tokens->count = i;
            return true;
        }
    }
    return false;
}

void decoder_plan(const KvCache *cache, Tokenizer *tokenizer, ScriptContext *context,
                  size_t max_tokens, Plan *plan) {
    const Settings *settings = context->settings;
    Reply reply;
    *plan = (Plan){0};
    context->cache_count = cache->tokens.count;
    script_reply(context, max_tokens + 1, &reply);
    plan->behaviour = *reply.rule;
    uint64_t hash = hash_cache(cache);
    for (size_t i = 0; i < reply.count && plan->tokens.count <= max_tokens; i++) {
        const Chunk *chunk = &reply.chunks[i];
        if (chunk->generated > 0) {
            generate(tokenizer, hash, (size_t)chunk->generated, max_tokens + 1, &plan->tokens);
        } else {
            cut_chunk(tokenizer, bytes_text(&reply.bytes) + chunk->start, chunk,
                      reply.rule->cut_size, max_tokens + 1, &plan->tokens);
        }
    }
    if (!settings->ignore_eos_token) {
        cut_at_end_of_turn(tokenizer, context->model, &plan->tokens);
    } else if (plan->tokens.count < max_tokens) {
        generate(tokenizer, hash, max_tokens, max_tokens, &plan->tokens);
    }
    plan->ends = plan->tokens.count <= max_tokens && !settings->ignore_eos_token;
    if (plan->tokens.count > max_tokens) {
        plan->tokens.count = max_tokens;
    }
    reply_free(&reply);
}

void plan_free(Plan *plan) {
    tokens_free(&plan->tokens);
    *plan = (Plan){0};
}
