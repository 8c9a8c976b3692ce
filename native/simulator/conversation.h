/*
 * The turns of a conversation, as the decoder reads them from its KV cache. They are determined
 * from the tokens alone, no matter whether the runtime's template, a template of the caller or a
 * complete transcript put them there.
 */
#ifndef SIM_CONVERSATION_H
#define SIM_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>

#include "memory.h"
#include "model.h"
#include "position.h"
#include "tokenizer.h"

typedef enum TurnRole { TURN_SYSTEM, TURN_USER, TURN_ASSISTANT, TURN_TOOL } TurnRole;

typedef struct Turn {
    TurnRole role;
    size_t start; /* in the conversation's text */
    size_t length;
    bool think;    /* the text ended with /think, which was removed */
    bool no_think; /* likewise for /no_think */
} Turn;

/* A template of the caller, with plain texts around the prompt, which are removed again. */
typedef struct PlainTemplate {
    const char *system;
    const char *prefix;
    const char *postfix;
} PlainTemplate;

typedef struct Conversation {
    Bytes text;
    Turn *turns;
    size_t count;
    size_t capacity;
    bool open; /* the last turn is an unfinished one of the assistant, to be continued */
} Conversation;

enum { NO_ANSWER = -1 };

/* The way in which a conversation is read. */
typedef struct Reading {
    const Tokenizer *tokenizer;
    const Model *model;
    const PlainTemplate *template; /* or NULL */
    const char *tool_tag;          /* the tag that contains tool results within a user's turn */
    long answer_start; /* the position at which an answer is known to begin, or NO_ANSWER */
} Reading;

void conversation_read(Conversation *conversation, const Positions *cache, const Reading *reading);
void conversation_free(Conversation *conversation);

/* Returns the last turn of the role, or NULL. */
const Turn *conversation_last(const Conversation *conversation, TurnRole role);
const char *turn_text(const Conversation *conversation, const Turn *turn);

#endif
