#include "decoder.h"

#include <string.h>

#include "conversation.h"
#include "sampler.h"
#include "script.h"
#include "utf8.h"

/* The number of tokens of generated text that are planned at a time, and the maximum in a reply. */
enum { STRETCH = 1024, LONGEST_REPLY = 1 << 20 };

/* Adds a token to the plan. Returns false if its embedding cannot be obtained. */
static bool add_token(const Decoding *decoding, Positions *out, int32_t token) {
    positions_append_token(out, token);
    return decoding->processors == NULL ||
           processors_embed(decoding->processors, decoding->model, out, out->count - 1);
}

/* Generates text: each word is drawn from the logits of everything before it. */
static bool generate(const Decoding *decoding, size_t count, size_t max, Positions *out) {
    Sampler sampler;
    sampler_create(&sampler, &decoding->request->sampling, decoding->influence,
                   &decoding->tokenizer->words);
    uint64_t hash = positions_hash(decoding->cache);
    for (size_t i = 0; i < out->count; i++) {
        hash = position_absorb(hash, &out->items[i]);
    }
    bool ok = true;
    for (size_t i = 0; i < count && out->count < max && ok; i++) {
        ok = add_token(decoding, out, sampler_next(&sampler, hash, decoding->cache, out));
        hash = position_absorb(hash, &out->items[out->count - 1]);
    }
    sampler_free(&sampler);
    return ok;
}

/* Returns the length of the next piece of a chunk with its own way of cutting. */
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

/* Cuts a chunk as the rule says, into at most max tokens. */
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

static int32_t end_token(const Decoding *decoding) {
    const char *end = decoding->model->end_of_turn;
    return tokenizer_find(decoding->tokenizer, end, strlen(end));
}

/* Ends the reply at a scripted end of turn, as a real model would. */
static void cut_at_end_of_turn(const Decoding *decoding, Plan *plan) {
    int32_t end = end_token(decoding);
    for (size_t i = 0; i < plan->positions.count; i++) {
        if (plan->positions.items[i].token == end) {
            plan->positions.count = i;
            plan->left = 0;
        }
    }
}

/* Determines the reply to the contents of the cache. */
static void find_reply(const Decoding *decoding, size_t max_tokens, Reply *reply) {
    PlainTemplate plain;
    Conversation conversation;
    const Reading reading = {.tokenizer = decoding->tokenizer,
                             .model = decoding->model,
                             .template = chat_plain_template(decoding->chat, &plain),
                             .tool_tag = chat_tool_tag(decoding->chat),
                             .answer_start = decoding->answer_start};
    conversation_read(&conversation, decoding->cache, &reading);
    ScriptContext context = {.model = decoding->model,
                             .settings = decoding->settings,
                             .request = decoding->request,
                             .runs = decoding->runs,
                             .input = decoding->input,
                             .conversation = &conversation,
                             .influence = decoding->influence,
                             .encoded = decoding->encoded,
                             .pictures = decoding->pictures,
                             .cache = decoding->cache,
                             .tokenizer = decoding->tokenizer,
                             .resuming = decoding->resuming};
    script_reply(&context, max_tokens, reply);
    conversation_free(&conversation);
}

static bool add_text_chunk(const Decoding *decoding, const Reply *reply, const Chunk *chunk,
                           size_t max, Positions *out) {
    Tokens tokens = {0};
    cut_chunk(decoding->tokenizer, bytes_text(&reply->bytes) + chunk->start, chunk,
              reply->rule->cut_size, max, &tokens);
    bool ok = true;
    for (size_t i = 0; i < tokens.count && out->count < max && ok; i++) {
        ok = add_token(decoding, out, tokens.ids[i]);
    }
    tokens_free(&tokens);
    return ok;
}

/* Plans the next section of generated text; more receives it, following the cache. */
static bool plan_stretch(const Decoding *decoding, Plan *plan, Positions *more) {
    size_t count = plan->left < STRETCH ? plan->left : STRETCH;
    plan->left -= count;
    return generate(decoding, count, more->count + count, more);
}

bool decoder_extend(const Decoding *decoding, Plan *plan) {
    Positions more = {0};
    bool ok = plan_stretch(decoding, plan, &more);
    positions_append_all(&plan->positions, &more);
    positions_free(&more);
    return ok;
}

/* Plans one chunk of a reply. Generated text at its end is only counted. */
static bool plan_chunk(const Decoding *decoding, const Reply *reply, size_t index,
                       size_t max_tokens, Plan *plan) {
    const Chunk *chunk = &reply->chunks[index];
    if (chunk->generated == 0) {
        return add_text_chunk(decoding, reply, chunk, max_tokens, &plan->positions);
    }
    if (index + 1 < reply->count) {
        return generate(decoding, (size_t)chunk->generated, max_tokens, &plan->positions);
    }
    size_t room = max_tokens - plan->positions.count;
    plan->left = (size_t)chunk->generated < room ? (size_t)chunk->generated : room;
    return true;
}

bool decoder_plan(const Decoding *decoding, size_t max_tokens, Plan *plan) {
    bool endless = decoding->settings->ignore_eos_token;
    Reply reply;
    *plan = (Plan){0};
    find_reply(decoding, max_tokens < LONGEST_REPLY ? max_tokens : LONGEST_REPLY, &reply);
    plan->behavior = *reply.rule;
    bool ok = true;
    for (size_t i = 0; i < reply.count && plan->positions.count < max_tokens && ok; i++) {
        ok = plan_chunk(decoding, &reply, i, max_tokens, plan);
    }
    if (endless) {
        plan->left = max_tokens - plan->positions.count;
    } else {
        cut_at_end_of_turn(decoding, plan);
    }
    /* The end of the sequence is a token too. If it exceeds the limit, the limit ends the run. */
    plan->ends = !endless && plan->positions.count + plan->left < max_tokens;
    ok = ok && plan_stretch(decoding, plan, &plan->positions);
    reply_free(&reply);
    return ok;
}

void plan_free(Plan *plan) {
    positions_free(&plan->positions);
    *plan = (Plan){0};
}

/*
 * Returns the first token of a text that is cut in this way or, if that is not in the vocabulary,
 * the first according to the tokenizer.
 */
static int32_t first_token(const Decoding *decoding, const char *text, const Chunk *chunk,
                           int cut_size) {
    int32_t id = -1;
    if (chunk->cut != CUT_TOKENS) {
        id = tokenizer_find(decoding->tokenizer, text,
                            piece_length(text, chunk->length, chunk, cut_size));
    }
    if (id < 0 || (size_t)id >= decoding->tokenizer->vocab_size) {
        id = tokenizer_first(decoding->tokenizer, text, chunk->length);
    }
    return id;
}

int32_t decoder_scripted_next(const Decoding *decoding) {
    Reply reply;
    find_reply(decoding, 1, &reply);
    int32_t next = decoding->settings->ignore_eos_token ? -1 : end_token(decoding);
    for (size_t i = 0; i < reply.count; i++) {
        const Chunk *chunk = &reply.chunks[i];
        if (chunk->generated > 0) {
            next = -1;
            break;
        }
        if (chunk->length > 0) {
            next = first_token(decoding, bytes_text(&reply.bytes) + chunk->start, chunk,
                               reply.rule->cut_size);
            break;
        }
    }
    reply_free(&reply);
    return next;
}
