#include "conversation.h"

#include <ctype.h>
#include <string.h>

/* The state while reading the tokens. */
typedef struct Walk {
    Conversation *conversation;
    const Reading *reading;
    bool in_turn;   /* otherwise between turns, where text is a prompt without a template */
    bool in_header; /* inside the role's name */
    TurnRole role;
    size_t start; /* of the content, in the text */
} Walk;

static bool contains(const TextList *list, const Token *token) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], token->bytes) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_blank(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (!isspace((unsigned char)text[i])) {
            return false;
        }
    }
    return true;
}

static bool starts_with(const char *text, size_t length, const char *prefix) {
    size_t size = strlen(prefix);
    return length >= size && memcmp(text, prefix, size) == 0;
}

static bool ends_with(const char *text, size_t length, const char *suffix) {
    size_t size = strlen(suffix);
    return length >= size && memcmp(text + length - size, suffix, size) == 0;
}

static Turn *add_turn(Walk *walk, TurnRole role, size_t start, size_t length) {
    Conversation *conversation = walk->conversation;
    conversation->turns = sim_grow(conversation->turns, conversation->count,
                                   &conversation->capacity, sizeof(Turn));
    Turn *turn = &conversation->turns[conversation->count++];
    *turn = (Turn){.role = role, .start = start, .length = length};
    return turn;
}

/* Removes the switches /think and /no_think at the end of a user's text. */
static void cut_switches(const Conversation *conversation, Turn *turn) {
    const char *text = turn_text(conversation, turn);
    size_t length = turn->length;
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    turn->think = ends_with(text, length, "/think");
    turn->no_think = ends_with(text, length, "/no_think");
    if (turn->think || turn->no_think) {
        length -= strlen(turn->think ? "/think" : "/no_think");
        while (length > 0 && isspace((unsigned char)text[length - 1])) {
            length--;
        }
        turn->length = length;
    }
}

/* Finds <tag>…</tag> within a user's turn, which is the result of a tool. */
static void find_tool_result(const Walk *walk, Turn *turn) {
    const char *text = turn_text(walk->conversation, turn);
    Bytes open = {0};
    Bytes close = {0};
    bytes_append_format(&open, "<%s>", walk->reading->tool_tag);
    bytes_append_format(&close, "</%s>", walk->reading->tool_tag);
    size_t length = turn->length;
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    if (length >= open.length + close.length && starts_with(text, length, open.data) &&
        ends_with(text, length, close.data)) {
        turn->role = TURN_TOOL;
        turn->start += open.length;
        turn->length = length - open.length - close.length;
        while (turn->length > 0 && isspace((unsigned char)text[open.length])) {
            text++;
            turn->start++;
            turn->length--;
        }
        text = turn_text(walk->conversation, turn);
        while (turn->length > 0 && isspace((unsigned char)text[turn->length - 1])) {
            turn->length--;
        }
    }
    bytes_free(&open);
    bytes_free(&close);
}

static void end_turn(Walk *walk) {
    size_t end = walk->conversation->text.length;
    Turn *turn = add_turn(walk, walk->role, walk->start, end - walk->start);
    if (turn->role == TURN_USER) {
        find_tool_result(walk, turn);
        cut_switches(walk->conversation, turn);
    }
}

/* Adds the prompt of a plain template's turn, and the answer after it if there is one. */
static void add_prompt(Walk *walk, size_t start, size_t length, bool is_last) {
    const PlainTemplate *template = walk->reading->template;
    const char *text = bytes_text(&walk->conversation->text) + start;
    size_t answer = length; /* offset at which it begins */
    if (template != NULL && starts_with(text, length, template->prefix)) {
        start += strlen(template->prefix);
        text += strlen(template->prefix);
        length -= strlen(template->prefix);
        answer = length;
    }
    size_t prompt = length;
    size_t postfix = template == NULL ? 0 : strlen(template->postfix);
    if (postfix > 0 && is_last && ends_with(text, length, template->postfix)) {
        prompt = length - postfix;
    } else if (postfix > 0) {
        const char *found = memmem(text, length, template->postfix, postfix);
        if (found != NULL) {
            prompt = (size_t)(found - text);
            answer = prompt + postfix;
        }
    }
    if (!is_blank(text, prompt)) {
        cut_switches(walk->conversation, add_turn(walk, TURN_USER, start, prompt));
    }
    if (answer < length) {
        add_turn(walk, TURN_ASSISTANT, start + answer, length - answer);
        walk->conversation->open = is_last;
    }
}

/*
 * Ends text between turns: a prompt without a template, or with the caller's plain one. Before the
 * first turn of a conversation with markers, it is a system prompt.
 */
static void end_plain_text(Walk *walk, bool before_marker, bool is_last) {
    const char *text = bytes_text(&walk->conversation->text) + walk->start;
    size_t start = walk->start;
    size_t length = walk->conversation->text.length - walk->start;
    if (is_blank(text, length)) {
        return;
    }
    if (walk->conversation->count > 0 && text[0] == '\n') {
        start++; /* belongs to the end of the preceding turn */
        text++;
        length--;
    }
    const PlainTemplate *template = walk->reading->template;
    if (template != NULL && template->system[0] != '\0' &&
        starts_with(text, length, template->system)) {
        size_t size = strlen(template->system);
        add_turn(walk, TURN_SYSTEM, start, size);
        start += size;
        text += size;
        length -= size;
    } else if (before_marker && walk->conversation->count == 0) {
        add_turn(walk, TURN_SYSTEM, start, length);
        return;
    }
    add_prompt(walk, start, length, is_last);
}

static void begin(Walk *walk, bool in_turn, bool in_header, TurnRole role) {
    walk->in_turn = in_turn;
    walk->in_header = in_header;
    walk->role = role;
    walk->start = walk->conversation->text.length;
}

/*
 * Returns the length of the role's name in a header, including the space or line break after it.
 * Unknown names, up to the line break, are treated as the user's.
 */
static size_t read_role(const char *name, size_t length, TurnRole *role) {
    static const struct { const char *name; TurnRole role; } roles[] = {
        {"system", TURN_SYSTEM}, {"assistant", TURN_ASSISTANT}, {"user", TURN_USER},
        {"tool", TURN_TOOL}};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (starts_with(name, length, roles[i].name)) {
            size_t size = strlen(roles[i].name);
            *role = roles[i].role;
            return size + (size < length && (name[size] == '\n' || name[size] == ' ') ? 1 : 0);
        }
    }
    *role = TURN_USER;
    const char *end = memchr(name, '\n', length);
    return end == NULL ? length : (size_t)(end - name) + 1;
}

static void end_header(Walk *walk) {
    size_t start = walk->start;
    TurnRole role;
    size_t skipped = read_role(bytes_text(&walk->conversation->text) + start,
                               walk->conversation->text.length - start, &role);
    begin(walk, true, false, role);
    walk->start = start + skipped;
}

static void finish_current(Walk *walk, bool before_marker, bool is_last) {
    if (walk->in_turn && walk->in_header && walk->conversation->text.length > walk->start) {
        end_header(walk);
    }
    if (walk->in_turn && !walk->in_header) {
        walk->conversation->open = is_last && walk->role == TURN_ASSISTANT;
        end_turn(walk);
    } else if (!walk->in_turn) {
        end_plain_text(walk, before_marker, is_last);
    }
    walk->in_turn = false;
    walk->in_header = false;
}

/* Processes a token that separates turns. Returns false if it is another token. */
static bool take_border(Walk *walk, const Token *token) {
    const Model *model = walk->reading->model;
    struct {
        const TextList *markers;
        TurnRole role;
    } roles[] = {{&model->user_markers, TURN_USER},
                 {&model->assistant_markers, TURN_ASSISTANT},
                 {&model->system_markers, TURN_SYSTEM},
                 {&model->tool_markers, TURN_TOOL}};
    if (strcmp(token->bytes, model->end_of_turn) == 0) {
        finish_current(walk, false, false);
        begin(walk, false, false, TURN_USER);
        return true;
    }
    if (strcmp(token->bytes, model->turn_start) == 0) {
        finish_current(walk, true, false);
        begin(walk, true, true, TURN_USER);
        return true;
    }
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (contains(roles[i].markers, token)) {
            finish_current(walk, true, false);
            begin(walk, true, false, roles[i].role);
            return true;
        }
    }
    return false;
}

/* Begins an answer that is known to begin here, whatever the tokens are. */
static void begin_answer(Walk *walk) {
    bool begun = walk->in_turn && !walk->in_header && walk->role == TURN_ASSISTANT;
    if (!begun) {
        finish_current(walk, false, true);
        begin(walk, true, false, TURN_ASSISTANT);
    }
}

void conversation_read(Conversation *conversation, const Positions *cache, const Reading *reading) {
    *conversation = (Conversation){0};
    Walk walk = {.conversation = conversation, .reading = reading};
    for (size_t i = 0; i < cache->count; i++) {
        const Position *position = &cache->items[i];
        if ((long)i == reading->answer_start) {
            begin_answer(&walk);
        }
        if (position->token == NO_TOKEN || position->picture != 0) {
            continue; /* has no text */
        }
        const Token *token = tokenizer_token(reading->tokenizer, position->token);
        if (token->kind == TOKEN_SPECIAL && take_border(&walk, token)) {
            continue;
        }
        bytes_append(&conversation->text, token->bytes, token->length);
        if (walk.in_header && token->length > 0 && token->bytes[0] == '\n') {
            end_header(&walk);
        }
    }
    if ((long)cache->count == reading->answer_start) {
        begin_answer(&walk);
    }
    finish_current(&walk, false, true);
}

void conversation_free(Conversation *conversation) {
    bytes_free(&conversation->text);
    sim_free(conversation->turns);
    *conversation = (Conversation){0};
}

const Turn *conversation_last(const Conversation *conversation, TurnRole role) {
    for (size_t i = conversation->count; i > 0; i--) {
        if (conversation->turns[i - 1].role == role) {
            return &conversation->turns[i - 1];
        }
    }
    return NULL;
}

const char *turn_text(const Conversation *conversation, const Turn *turn) {
    return bytes_text(&conversation->text) + turn->start;
}
