/* The values of placeholders in a reply. docs/simulator-models.md lists them. */
#ifndef SIM_LOOKUP_H
#define SIM_LOOKUP_H

#include <stdbool.h>

#include "conversation.h"
#include "cross_attention.h"
#include "influence.h"
#include "model.h"
#include "pattern.h"
#include "settings.h"
#include "tokenizer.h"

/* Everything a reply may depend on. Borrowed for the time of one reply. */
typedef struct ScriptContext {
    const Model *model;
    const Settings *settings;
    const Request *request;
    long runs; /* of the handle, up to this one */
    const Input *input; /* of the request: the one that is answered */
    const Conversation *conversation;
    const Influence *influence;
    const Encoded *encoded;
    const Turn *turn; /* the one that is answered; NULL: there is none */
    const Pictures *pictures; /* that may be among the next */
    const Positions *cache; /* what the conversation was read from */
    const Tokenizer *tokenizer;
    size_t answer_position; /* how much of it was there when the answer began */
    bool resuming;          /* a run that was paused goes on from an answer it may not know */
    const Message *message; /* the text of turn */
    Captures captures;      /* of the rule that is tried */
    long index;             /* of a repetition, from 1; 0 outside */
} ScriptContext;

/* Appends the value of a placeholder; false when it has none. */
bool lookup(const ScriptContext *context, const char *name, Bytes *out);

/* Whether the system prompt declares tools. */
bool has_tools(const Conversation *conversation);

#endif
