#include "rule_match.h"

#include <ctype.h>
#include <string.h>

const Turn *open_turn(const Conversation *conversation) {
    return conversation->open ? &conversation->turns[conversation->count - 1] : NULL;
}

Thinking thinking_of(const ScriptContext *context) {
    const Turn *open = open_turn(context->conversation);
    const Turn *user = conversation_last(context->conversation, TURN_USER);
    Thinking thinking = {.said = UNSAID};
    if (user != NULL && (user->think || user->no_think)) {
        thinking.said = user->think ? ASKED_FOR : REFUSED;
    }
    if (open == NULL) {
        return thinking;
    }
    const char *text = turn_text(context->conversation, open);
    if (open->length < 7 || strncmp(text, "<think>", 7) != 0) {
        return thinking;
    }
    const char *close = memmem(text, open->length, "</think>", 8);
    thinking.inside = close == NULL;
    thinking.said = close == NULL ? ASKED_FOR : REFUSED;
    if (close != NULL) {
        for (const char *thought = text + 7; thought < close; thought++) {
            thinking.has_thought |= !isspace((unsigned char)*thought);
        }
        size_t from = (size_t)(close - text) + 8;
        while (from < open->length && isspace((unsigned char)text[from])) {
            from++;
        }
        thinking.answer_from = from;
    }
    return thinking;
}

bool thinks(const Thinking *thinking, const Rule *rule) {
    return thinking->said == ASKED_FOR || (thinking->said == UNSAID && rule->thinks);
}

static bool wanted(Needed needed, bool present) {
    return needed == EITHER_WAY || (needed == NEEDED) == present;
}

static bool system_fits(const ScriptContext *context, const Rule *rule) {
    if (rule->system_patterns.count == 0) {
        return true;
    }
    const Turn *system = conversation_last(context->conversation, TURN_SYSTEM);
    Message message;
    message_prepare(&message, system == NULL ? "" : turn_text(context->conversation, system),
                    system == NULL ? 0 : system->length);
    bool fits = false;
    for (size_t i = 0; i < rule->system_patterns.count && !fits; i++) {
        Captures captures;
        fits = pattern_matches(&rule->system_patterns.patterns[i], &message, &captures);
    }
    message_free(&message);
    return fits;
}

static bool has_history(const ScriptContext *context) {
    for (size_t i = 0; i < context->conversation->count; i++) {
        const Turn *turn = &context->conversation->turns[i];
        if (turn->role == TURN_USER && turn != context->turn) {
            return true;
        }
    }
    return false;
}

static bool pictures_fit(const ScriptContext *context, const Rule *rule) {
    const Needed needed[MEDIA_KINDS] = {rule->images, rule->videos, rule->audios};
    for (MediaKind kind = 0; kind < MEDIA_KINDS; kind++) {
        if (!wanted(needed[kind], pictures_count(context->pictures, context->cache, kind) > 0)) {
            return false;
        }
    }
    return true;
}

static bool adapter_fits(const ScriptContext *context, const Rule *rule) {
    const char *name = context->influence->adapter_name;
    return wanted(rule->lora, name != NULL) &&
           (rule->lora_name == NULL || (name != NULL && strcmp(rule->lora_name, name) == 0));
}

bool rule_matches(ScriptContext *context, const Rule *rule, const Thinking *thinking) {
    bool tool_result = context->turn != NULL && context->turn->role == TURN_TOOL;
    if (rule->for_tool_result != tool_result) {
        return false;
    }
    for (size_t i = 0; i < rule->patterns.count; i++) {
        if (pattern_matches(&rule->patterns.patterns[i], context->message, &context->captures)) {
            return wanted(rule->tools, has_tools(context->conversation)) &&
                   wanted(rule->thinking, thinks(thinking, rule)) &&
                   wanted(rule->history, has_history(context)) &&
                   wanted(rule->encoder, context->encoded->present) &&
                   pictures_fit(context, rule) && adapter_fits(context, rule) && system_fits(context, rule);
        }
    }
    return false;
}
