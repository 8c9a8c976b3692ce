#include "vocabulary.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

static const char *const special_tokens[] = {
    "<|endoftext|>",    "<|im_start|>",  "<|im_end|>", "<|vision_start|>",
    "<|vision_end|>",   "<|image_pad|>", "<|video_pad|>"};

static const char *const added_tokens[] = {"<think>",     "</think>",        "<tool_call>",
                                           "</tool_call>", "<tool_response>", "</tool_response>",
                                           "<tools>",      "</tools>"};

/* Words for models whose own texts have few. */
static const char common_words[] =
    "the of and to in is it you that he was for on are with as his they be at one have this from "
    "or had by hot but some what there we can out other were all your when up use word how said an "
    "each she which do their time if will way about many then them would write like so these her "
    "long make thing see him two has look more day could go come did my sound no most number who "
    "over know water than call first people may down side been now find any new work part take get "
    "place made live where after back little only round man year came show every good me give our "
    "under name very through just form much great think say help low line before turn cause same "
    "user assistant system tool model token hello answer question "
    "I You The A What Why How Hello Tell Please It This My";

typedef struct Collector {
    VocabularySink sink;
    void *context;
} Collector;

static void add(const Collector *collector, const char *bytes, size_t length, TokenKind kind) {
    collector->sink(collector->context, bytes, length, kind);
}

static void add_with_space(const Collector *collector, const char *bytes, size_t length) {
    char spaced[64];
    add(collector, bytes, length, TOKEN_PIECE);
    if (length < sizeof spaced) {
        spaced[0] = ' ';
        memcpy(spaced + 1, bytes, length);
        add(collector, spaced, length + 1, TOKEN_PIECE);
    }
}

/*
 * Returns whether a character is part of a word: ASCII letters and digits, and letters of two
 * bytes.
 */
static bool joins(const char *bytes, size_t length) {
    return length == 2 || (length == 1 && (isalnum((unsigned char)bytes[0]) || bytes[0] == '\''));
}

/*
 * Adds the words of a text. Characters of three bytes are separate pieces; longer ones are not
 * pieces.
 */
static void add_words(const Collector *collector, const char *text, size_t length) {
    size_t start = 0;
    size_t position = 0;
    while (position <= length) {
        size_t size = position < length ? utf8_length(text + position, length - position) : 1;
        bool inside = position < length && joins(text + position, size) &&
                      position - start < 48;
        if (!inside) {
            if (position > start) {
                add_with_space(collector, text + start, position - start);
            }
            if (position < length && size == 3) {
                add(collector, text + position, 3, TOKEN_PIECE);
            }
            start = position + (position < length && joins(text + position, size) ? 0 : size);
        }
        position += size;
    }
}

static void add_text(const Collector *collector, const Text *text) {
    Bytes literals = {0};
    text_literals(text, &literals);
    add_words(collector, bytes_text(&literals), literals.length);
    bytes_free(&literals);
}

static void add_patterns(const Collector *collector, const PatternList *list) {
    for (size_t i = 0; i < list->count; i++) {
        const Pattern *pattern = &list->patterns[i];
        for (size_t j = 0; j < pattern->count; j++) {
            if (pattern->elements[j].kind == ELEMENT_LITERAL) {
                add_words(collector, pattern->elements[j].bytes, pattern->elements[j].length);
            }
        }
    }
}

static void add_rule(const Collector *collector, const Rule *rule) {
    add_patterns(collector, &rule->patterns);
    for (size_t i = 0; i < rule->part_count; i++) {
        const Part *part = &rule->parts[i];
        add_text(collector, &part->text);
        add_text(collector, &part->name);
        if (part->kind == PART_REPEAT && !text_has_placeholders(&part->text)) {
            /* A repeated plain text then consists of exactly one token per repetition. */
            Bytes literals = {0};
            text_literals(&part->text, &literals);
            add(collector, bytes_text(&literals), literals.length, TOKEN_PIECE);
            bytes_free(&literals);
        }
    }
    add_text(collector, &rule->otherwise);
    add_text(collector, &rule->resume);
}

static void add_list(const Collector *collector, const TextList *list, TokenKind kind) {
    for (size_t i = 0; i < list->count; i++) {
        add(collector, list->items[i], strlen(list->items[i]), kind);
    }
}

static void add_numbers(const Collector *collector, int count) {
    for (int i = 0; i < count; i++) {
        char number[16];
        int length = snprintf(number, sizeof number, "%d", i);
        add_with_space(collector, number, (size_t)length);
    }
}

static void add_markers(const Collector *collector, const Model *model) {
    add_list(collector, &model->user_markers, TOKEN_SPECIAL);
    add_list(collector, &model->assistant_markers, TOKEN_SPECIAL);
    add_list(collector, &model->system_markers, TOKEN_SPECIAL);
    add_list(collector, &model->tool_markers, TOKEN_SPECIAL);
}

static void add_control_tokens(const Collector *collector, const Model *model) {
    for (size_t i = 0; i < sizeof special_tokens / sizeof *special_tokens; i++) {
        add(collector, special_tokens[i], strlen(special_tokens[i]), TOKEN_SPECIAL);
    }
    for (size_t i = 0; i < sizeof added_tokens / sizeof *added_tokens; i++) {
        add(collector, added_tokens[i], strlen(added_tokens[i]), TOKEN_ADDED);
    }
    add(collector, model->turn_start, strlen(model->turn_start), TOKEN_SPECIAL);
    add(collector, model->end_of_turn, strlen(model->end_of_turn), TOKEN_SPECIAL);
    add_markers(collector, model);
}

void vocabulary_markers(const Model *model, VocabularySink sink, void *context) {
    Collector collector = {sink, context};
    add_markers(&collector, model);
}

void vocabulary_collect(const Model *model, VocabularySink sink, void *context) {
    Collector collector = {sink, context};
    add_control_tokens(&collector, model);
    add_list(&collector, &model->pieces, TOKEN_PIECE);
    add_words(&collector, common_words, sizeof common_words - 1);
    add_words(&collector, model->system_prompt, strlen(model->system_prompt));
    add_text(&collector, &model->template.tools);
    for (size_t i = 0; i < model->rule_count; i++) {
        add_rule(&collector, &model->rules[i]);
    }
    for (size_t i = 0; i < model->encoder_words.count; i++) {
        const char *word = model->encoder_words.items[i];
        add_words(&collector, word, strlen(word));
    }
    for (size_t i = 0; i < model->seen_count; i++) {
        add_words(&collector, model->seen[i].name, strlen(model->seen[i].name));
    }
    add_numbers(&collector, model->numbers);
}
