#include "script.h"

#include <stdlib.h>
#include <string.h>

#include "continuation.h"
#include "json.h"
#include "rule_match.h"

/* The number of tokens of generated text if nothing else is known. */
enum { RESUMED_TOKENS = 16 };

/* ---- writing the reply ---- */

static Chunk *add_chunk(Reply *reply, CutMode cut) {
    reply->chunks = sim_grow(reply->chunks, reply->count, &reply->capacity, sizeof(Chunk));
    Chunk *chunk = &reply->chunks[reply->count++];
    *chunk = (Chunk){.start = reply->bytes.length, .cut = cut};
    return chunk;
}

static void end_chunk(Reply *reply) {
    Chunk *chunk = &reply->chunks[reply->count - 1];
    chunk->length = reply->bytes.length - chunk->start;
}

static void append_plain(Reply *reply, const char *text) {
    add_chunk(reply, CUT_TOKENS);
    bytes_append_text(&reply->bytes, text);
    end_chunk(reply);
}

/* Appends a text with its placeholders replaced. Returns false if one has no value. */
static bool fill(const ScriptContext *context, const Text *text, bool json, Bytes *out) {
    for (size_t i = 0; i < text->count; i++) {
        const Segment *segment = &text->segments[i];
        if (segment->kind != SEGMENT_PLACEHOLDER) {
            bytes_append(out, segment->bytes, segment->length);
            continue;
        }
        Bytes value = {0};
        bool found = lookup(context, segment->bytes, &value);
        if (json) {
            json_escape(out, bytes_text(&value), value.length);
        } else {
            bytes_append(out, bytes_text(&value), value.length);
        }
        bytes_free(&value);
        if (!found) {
            return false;
        }
    }
    return true;
}

/* Appends the same as chunks; bars end a chunk if the rule cuts at bars. */
static bool fill_chunks(const ScriptContext *context, const Rule *rule, const Text *text,
                        Reply *reply) {
    if (rule->cut != CUT_BARS) {
        add_chunk(reply, rule->cut);
        bool filled = fill(context, text, false, &reply->bytes);
        end_chunk(reply);
        return filled;
    }
    bool filled = true;
    add_chunk(reply, CUT_BARS);
    for (size_t i = 0; i < text->count; i++) {
        if (text->segments[i].kind == SEGMENT_BAR) {
            end_chunk(reply);
            add_chunk(reply, CUT_BARS);
        } else {
            Text one = {.segments = &text->segments[i], .count = 1};
            filled = fill(context, &one, false, &reply->bytes) && filled;
        }
    }
    end_chunk(reply);
    return filled;
}

/* Determines the value of a count. Returns false if it is not a number. */
static bool count_of(const ScriptContext *context, const Text *count, size_t max, size_t *out) {
    Bytes text = {0};
    char *end = NULL;
    bool ok = fill(context, count, false, &text);
    long number = ok ? strtol(bytes_text(&text), &end, 10) : 0;
    ok = ok && text.length > 0 && *end == '\0' && number >= 0;
    *out = (size_t)number > max ? max : (size_t)number;
    bytes_free(&text);
    return ok;
}

static bool add_repeat(ScriptContext *context, const Rule *rule, const Part *part, size_t max,
                       Reply *reply) {
    size_t count;
    bool ok = count_of(context, &part->count, max, &count);
    for (size_t i = 1; ok && i <= count; i++) {
        context->index = (long)i;
        ok = fill_chunks(context, rule, &part->text, reply);
    }
    context->index = 0;
    return ok;
}

/* Adds a tool call, on a separate line. */
static bool add_tool_call(const ScriptContext *context, const Part *part, Reply *reply) {
    bool first = reply->bytes.length == 0 || reply->bytes.data[reply->bytes.length - 1] == '\n';
    add_chunk(reply, CUT_TOKENS);
    bytes_append_text(&reply->bytes, first ? "" : "\n");
    bytes_append_text(&reply->bytes, "<tool_call>{\"name\": \"");
    bool ok = fill(context, &part->name, true, &reply->bytes);
    bytes_append_text(&reply->bytes, "\", \"arguments\": ");
    ok = fill(context, &part->text, true, &reply->bytes) && ok;
    bytes_append_text(&reply->bytes, part->text.count == 0 ? "{}}</tool_call>" : "}</tool_call>");
    end_chunk(reply);
    return ok;
}

static bool add_part(ScriptContext *context, const Rule *rule, const Part *part, size_t max,
                     const Thinking *thinking, Reply *reply) {
    size_t count;
    bool ok = true;
    switch (part->kind) {
    case PART_THINK:
        if (thinks(thinking, rule)) {
            append_plain(reply, "<think>\n");
            ok = fill_chunks(context, rule, &part->text, reply);
            append_plain(reply, "\n</think>\n\n");
        }
        return ok;
    case PART_SAY:
        return fill_chunks(context, rule, &part->text, reply);
    case PART_TOOL:
        return add_tool_call(context, part, reply);
    case PART_REPEAT:
        return add_repeat(context, rule, part, max, reply);
    case PART_GENERATE:
        ok = count_of(context, &part->count, max, &count);
        if (ok && count > 0) {
            add_chunk(reply, CUT_TOKENS)->generated = (long)count;
        }
        return ok;
    }
    return false;
}

static void reply_clear(Reply *reply) {
    bytes_clear(&reply->bytes);
    reply->count = 0;
}

static bool has_think_part(const Rule *rule) {
    for (size_t i = 0; i < rule->part_count; i++) {
        if (rule->parts[i].kind == PART_THINK) {
            return true;
        }
    }
    return false;
}

/*
 * Writes the reply of a rule. Returns false if a placeholder has no value and there is no
 * alternative text.
 */
static bool write_reply(ScriptContext *context, const Rule *rule, size_t max,
                        const Thinking *thinking, Reply *reply) {
    bool ok = true;
    reply_clear(reply);
    reply->rule = rule;
    if (thinking->inside && !has_think_part(rule)) {
        append_plain(reply, "<think>\n\n</think>\n\n"); /* an open thinking block must be closed */
    }
    for (size_t i = 0; i < rule->part_count && ok; i++) {
        ok = add_part(context, rule, &rule->parts[i], max, thinking, reply);
    }
    if (!ok && rule->has_otherwise) {
        reply_clear(reply);
        if (thinking->inside) {
            append_plain(reply, "<think>\n\n</think>\n\n");
        }
        fill_chunks(context, rule, &rule->otherwise, reply);
        ok = true;
    }
    return ok;
}

static void write_fallback(const ScriptContext *context, const Thinking *thinking, Reply *reply) {
    bool tool_result = context->turn != NULL && context->turn->role == TURN_TOOL;
    reply_clear(reply);
    reply->rule = &context->model->defaults;
    if (thinking->inside) {
        append_plain(reply, "<think>\n\n</think>\n\n");
    }
    add_chunk(reply, reply->rule->cut);
    bytes_append_text(&reply->bytes, tool_result ? "The tool said: " : "You said: ");
    if (context->turn != NULL) {
        bytes_append(&reply->bytes, turn_text(context->conversation, context->turn),
                     context->turn->length);
    }
    end_chunk(reply);
}

/* Writes the reply for a run that is resumed from an answer other than the script's. */
static void write_resumption(ScriptContext *context, size_t max, Reply *reply) {
    const Rule *rule = reply->rule;
    reply_clear(reply);
    if (rule->has_resume && fill_chunks(context, rule, &rule->resume, reply)) {
        return;
    }
    reply_clear(reply);
    add_chunk(reply, CUT_TOKENS)->generated = (long)(max < RESUMED_TOKENS ? max : RESUMED_TOKENS);
}

/* ---- selection ---- */

static const Turn *answered_turn(const Conversation *conversation) {
    for (size_t i = conversation->count; i > 0; i--) {
        const Turn *turn = &conversation->turns[i - 1];
        if (turn->role == TURN_USER || turn->role == TURN_TOOL) {
            return turn;
        }
    }
    return NULL;
}

/* Writes the remainder of the reply. Returns false if the answer so far differs from it. */
static bool try_reply(ScriptContext *context, const Thinking *thinking, size_t max_tokens,
                      Reply *reply) {
    const Model *model = context->model;
    bool written = false;
    context->answer_position = context->cache->count;
    if (open_turn(context->conversation) != NULL) {
        context->answer_position = continuation_position(context, thinking->answer_from);
        max_tokens += context->cache->count - context->answer_position; /* already in the answer */
    }
    for (size_t i = 0; i < model->rule_count && !written; i++) {
        written = rule_matches(context, &model->rules[i], thinking) &&
                  write_reply(context, &model->rules[i], max_tokens, thinking, reply);
    }
    if (!written) {
        write_fallback(context, thinking, reply);
    }
    return continue_open(context, thinking, reply);
}

void script_reply(ScriptContext *context, size_t max_tokens, Reply *reply) {
    const Conversation *conversation = context->conversation;
    *reply = (Reply){0};
    context->turn = answered_turn(conversation);
    Message message;
    message_prepare(&message, context->turn == NULL ? "" : turn_text(conversation, context->turn),
                    context->turn == NULL ? 0 : context->turn->length);
    context->message = &message;
    Thinking thinking = thinking_of(context);
    /* A completed thinking block may be the reply's own, which is then continued. */
    const Thinking own = {.said = ASKED_FOR};
    bool fits = thinking.has_thought && try_reply(context, &own, max_tokens, reply);
    if (!fits && !try_reply(context, &thinking, max_tokens, reply) && context->resuming) {
        write_resumption(context, max_tokens, reply);
    }
    message_free(&message);
    context->message = NULL;
}

void reply_free(Reply *reply) {
    bytes_free(&reply->bytes);
    sim_free(reply->chunks);
    *reply = (Reply){0};
}
