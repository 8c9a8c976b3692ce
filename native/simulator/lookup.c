#include "lookup.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "lookup_picture.h"
#include "release.h"

bool has_tools(const Conversation *conversation) {
    const Turn *system = conversation_last(conversation, TURN_SYSTEM);
    if (system == NULL) {
        return false;
    }
    const char *text = turn_text(conversation, system);
    return memmem(text, system->length, "<tools>", 7) != NULL ||
           memmem(text, system->length, "\"function\"", 10) != NULL;
}

static bool append_turn(const ScriptContext *context, TurnRole role, Bytes *out) {
    const Turn *turn = conversation_last(context->conversation, role);
    if (turn != NULL) {
        bytes_append(out, turn_text(context->conversation, turn), turn->length);
    }
    return turn != NULL;
}

static long count_turns(const ScriptContext *context, TurnRole role) {
    long count = 0;
    for (size_t i = 0; i < context->conversation->count; i++) {
        count += context->conversation->turns[i].role == role;
    }
    return count;
}

/* Looks up KEY or N.KEY, which is the Nth member of that name. */
static bool lookup_result(const Conversation *conversation, const char *name, Bytes *out) {
    const Turn *tool = conversation_last(conversation, TURN_TOOL);
    if (tool == NULL) {
        return false;
    }
    char *behind;
    long which = strtol(name, &behind, 10);
    bool counted = behind != name && *behind == '.';
    Bytes json = {0};
    json_unfold(turn_text(conversation, tool), tool->length, &json);
    bool found = json_find(bytes_text(&json), json.length, counted ? behind + 1 : name,
                           counted ? which : 1, out);
    bytes_free(&json);
    return found;
}

/* Looks up values that depend on a word, such as {function:weather}. */
static bool lookup_json(const ScriptContext *context, const char *name, Bytes *out) {
    const Conversation *conversation = context->conversation;
    if (strncmp(name, "tool.", 5) == 0) {
        return lookup_result(conversation, name + 5, out);
    }
    const Turn *system = conversation_last(conversation, TURN_SYSTEM);
    if (system == NULL) {
        return false;
    }
    const char *text = turn_text(conversation, system);
    if (strncmp(name, "function:", 9) == 0) {
        return json_function(text, system->length, name + 9, out);
    }
    return strncmp(name, "argument:", 9) == 0 &&
           json_argument(text, system->length, name + 9, out);
}

static bool lookup_fixed(const ScriptContext *context, const char *name, Bytes *out) {
    if (strcmp(name, "prompt") == 0) {
        return append_turn(context, TURN_USER, out);
    }
    if (strcmp(name, "system") == 0) {
        return append_turn(context, TURN_SYSTEM, out);
    }
    if (strcmp(name, "tool") == 0) {
        return append_turn(context, TURN_TOOL, out);
    }
    if (strcmp(name, "model") == 0) {
        bytes_append_text(out, context->model->name);
    } else if (strcmp(name, "runtime") == 0) {
        bytes_append_text(out, RELEASE_VERSION);
    } else if (strcmp(name, "tokens") == 0) {
        bytes_append_format(out, "%zu", context->answer_position);
    } else if (strcmp(name, "turns") == 0) {
        bytes_append_format(out, "%ld", count_turns(context, TURN_USER));
    } else if (strcmp(name, "runs") == 0) {
        bytes_append_format(out, "%ld", context->runs);
    } else if (strcmp(name, "i") == 0 && context->index > 0) {
        bytes_append_format(out, "%ld", context->index);
    } else {
        return false;
    }
    return true;
}

static bool lookup_encoded(const Encoded *encoded, const char *name, Bytes *out) {
    if (!encoded->present) {
        return false;
    }
    if (strcmp(name, "encoder.tokens") == 0) {
        bytes_append_format(out, "%zu", encoded->tokens);
        return true;
    }
    if (strcmp(name, "encoder.words") == 0) {
        bytes_append(out, bytes_text(&encoded->words), encoded->words.length);
        return true;
    }
    return false;
}

static bool lookup_influence(const ScriptContext *context, const char *name, Bytes *out) {
    const Influence *influence = context->influence;
    if (influence->adapter_name == NULL) {
        return false;
    }
    if (strcmp(name, "lora") == 0) {
        bytes_append_text(out, influence->adapter_name);
        return true;
    }
    if (strcmp(name, "lora.scale") == 0) {
        bytes_append_format(out, "%.6g", (double)influence->scale);
        return true;
    }
    return false;
}

static bool lookup_parameter(const ScriptContext *context, const char *name, Bytes *out) {
    if (strncmp(name, "param.", 6) == 0) {
        return settings_value(context->settings, name + 6, out);
    }
    return strncmp(name, "run.", 4) == 0 &&
           request_value(context->request, context->input, name + 4, out);
}

static bool append_capture(const Captures *captures, const Message *message, const char *name,
                           Bytes *out) {
    for (size_t i = 0; i < captures->count; i++) {
        if (strcmp(captures->items[i].name, name) == 0) {
            bytes_append(out, bytes_text(&message->plain) + captures->items[i].start,
                         captures->items[i].length);
            return true;
        }
    }
    return false;
}

/* Tries all patterns with a capture of that name on one message. */
static bool captured_in(const ScriptContext *context, const Message *message, const char *name,
                        Bytes *out) {
    for (size_t i = 0; i < context->model->rule_count; i++) {
        const PatternList *list = &context->model->rules[i].patterns;
        for (size_t j = 0; j < list->count; j++) {
            Captures captures;
            if (pattern_captures(&list->patterns[j], name) &&
                pattern_matches(&list->patterns[j], message, &captures) &&
                append_capture(&captures, message, name, out)) {
                return true;
            }
        }
    }
    return false;
}

/* Looks up a capture in earlier turns of the user, latest first. */
static bool remember(const ScriptContext *context, const char *name, Bytes *out) {
    const Conversation *conversation = context->conversation;
    for (size_t i = conversation->count; i > 0; i--) {
        const Turn *turn = &conversation->turns[i - 1];
        if (turn->role != TURN_USER || turn == context->turn) {
            continue;
        }
        Message message;
        message_prepare(&message, turn_text(conversation, turn), turn->length);
        bool found = captured_in(context, &message, name, out);
        message_free(&message);
        if (found) {
            return true;
        }
    }
    return false;
}

bool lookup(const ScriptContext *context, const char *name, Bytes *out) {
    return append_capture(&context->captures, context->message, name, out) ||
           lookup_fixed(context, name, out) ||
           lookup_influence(context, name, out) ||
           lookup_encoded(context->encoded, name, out) || lookup_picture(context, name, out) || lookup_parameter(context, name, out) ||
           lookup_json(context, name, out) || remember(context, name, out);
}
