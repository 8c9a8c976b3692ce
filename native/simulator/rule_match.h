/* Determines whether a rule answers a turn, and whether it thinks first. */
#ifndef SIM_RULE_MATCH_H
#define SIM_RULE_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "lookup.h"
#include "model.h"

/* The state of thinking in a conversation. */
typedef struct Thinking {
    enum { UNSAID, ASKED_FOR, REFUSED } said;
    bool inside;        /* the answer has begun with <think> and not closed it */
    bool has_thought;   /* the answer has begun with a complete, non-empty <think> block */
    size_t answer_from; /* offset in the answer so far of the text after the thinking */
} Thinking;

/* Returns the answer that has begun, or NULL. */
const Turn *open_turn(const Conversation *conversation);

Thinking thinking_of(const ScriptContext *context);
/*
 * Returns whether a rule thinks. It may do so without a request, but never if thinking is disabled.
 */
bool thinks(const Thinking *thinking, const Rule *rule);

/* Returns whether a rule answers context->turn, and stores context->captures. */
bool rule_matches(ScriptContext *context, const Rule *rule, const Thinking *thinking);

#endif
