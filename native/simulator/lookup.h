/* The values of placeholders in a reply. docs/simulator-models.md lists them. */
#ifndef SIM_LOOKUP_H
#define SIM_LOOKUP_H

#include <stdbool.h>

#include "conversation.h"
#include "model.h"
#include "pattern.h"
#include "settings.h"

/* Everything a reply may depend on. Borrowed for the time of one reply. */
typedef struct ScriptContext {
    const Model *model;
    const Settings *settings;
    const Request *request;
    const Conversation *conversation;
    const Turn *turn; /* the one that is answered; NULL: there is none */
    size_t cache_count; /* tokens in the KV cache */
    const Message *message; /* the text of turn */
    Captures captures;      /* of the rule that is tried */
    long index;             /* of a repetition, from 1; 0 outside */
} ScriptContext;

/* Appends the value of a placeholder; false when it has none. */
bool lookup(const ScriptContext *context, const char *name, Bytes *out);

/* Whether the system prompt declares tools. */
bool has_tools(const Conversation *conversation);

#endif
