/*
 * What the decoder understands of its KV cache: the turns of a conversation. They are read from the
 * tokens alone, so it makes no difference whether the runtime's template, a template of the
 * caller's or a whole transcript put them there.
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
    bool think;    /* the text ended with /think, which is cut off */
    bool no_think; /* likewise /no_think */
} Turn;

/* A template of the caller's with plain texts around the prompt; these are cut off again. */
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
    bool open; /* the last turn is the assistant's and has not ended: it is to be continued */
} Conversation;

enum { NO_ANSWER = -1 };

/* How a conversation is to be read. */
typedef struct Reading {
    const Tokenizer *tokenizer;
    const Model *model;
    const PlainTemplate *template; /* or NULL */
    const char *tool_tag;          /* the tag that holds tool results within a user's turn */
    long answer_start; /* an answer is known to begin at this position, or NO_ANSWER */
} Reading;

void conversation_read(Conversation *conversation, const Positions *cache, const Reading *reading);
void conversation_free(Conversation *conversation);

/* The last turn of that role, or NULL. */
const Turn *conversation_last(const Conversation *conversation, TurnRole role);
const char *turn_text(const Conversation *conversation, const Turn *turn);

#endif
