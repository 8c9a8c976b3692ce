/* Going on with an answer that has begun: what of a reply has been said already. */
#ifndef SIM_CONTINUATION_H
#define SIM_CONTINUATION_H

#include <stdbool.h>
#include <stddef.h>

#include "rule_match.h"
#include "script.h"

/* Where in the cache the text at this offset of the open turn begins. */
size_t continuation_position(const ScriptContext *context, size_t offset);

/*
 * Leaves out what the answer so far has already said. False when it is not the beginning of this
 * reply, which then is as it was.
 */
bool continue_open(const ScriptContext *context, const Thinking *thinking, Reply *reply);

#endif
