/* Whether a rule answers a turn, and whether it is to think aloud. */
#ifndef SIM_RULE_MATCH_H
#define SIM_RULE_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "lookup.h"
#include "model.h"

/* What the conversation says about thinking. */
typedef struct Thinking {
    enum { UNSAID, ASKED_FOR, REFUSED } said;
    bool inside;        /* the answer has begun with <think> and not closed it */
    bool has_thought;   /* it has begun with <think>, said something there and closed it */
    size_t answer_from; /* where, in the answer so far, what follows the thinking begins */
} Thinking;

/* The answer that has begun, or NULL. */
const Turn *open_turn(const Conversation *conversation);

Thinking thinking_of(const ScriptContext *context);
/* A rule may think unasked; it never does when thinking is refused. */
bool thinks(const Thinking *thinking, const Rule *rule);

/* Whether a rule answers context->turn; fills in context->captures. */
bool rule_matches(ScriptContext *context, const Rule *rule, const Thinking *thinking);

#endif
