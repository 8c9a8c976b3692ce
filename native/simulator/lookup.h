/* The values of placeholders in a reply, which docs/simulator-models.md lists. */
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

/* Everything that a reply may depend on. Borrowed while a reply is created. */
typedef struct ScriptContext {
    const Model *model;
    const Settings *settings;
    const Request *request;
    long runs; /* number of runs of the handle, including this one */
    const Input *input; /* the input to answer */
    const Conversation *conversation;
    const Influence *influence;
    const Encoded *encoded;
    const Turn *turn; /* the turn to answer, or NULL */
    const Pictures *pictures; /* pictures that may be in the cache below */
    const Positions *cache; /* the positions that the conversation was read from */
    const Tokenizer *tokenizer;
    size_t answer_position; /* the number of positions when the answer began */
    bool resuming;          /* a paused run continues an answer that may differ from the script's */
    const Message *message; /* the text of turn */
    Captures captures;      /* of the rule that is being tried */
    long index;             /* the iteration of a repetition, from 1; 0 outside */
} ScriptContext;

/* Appends the value of a placeholder. Returns false if it has none. */
bool lookup(const ScriptContext *context, const char *name, Bytes *out);

/* Returns whether the system prompt declares tools. */
bool has_tools(const Conversation *conversation);

#endif
