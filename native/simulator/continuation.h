/* Continues an answer that has already begun, by determining which part of a reply it contains. */
#ifndef SIM_CONTINUATION_H
#define SIM_CONTINUATION_H

#include <stdbool.h>
#include <stddef.h>

#include "rule_match.h"
#include "script.h"

/*
 * Returns the position in the cache at which the text at the given offset of the open turn begins.
 */
size_t continuation_position(const ScriptContext *context, size_t offset);

/*
 * Removes the part of the reply that the answer already contains. Returns false if the answer is
 * not the beginning of this reply, which is then unchanged.
 */
bool continue_open(const ScriptContext *context, const Thinking *thinking, Reply *reply);

#endif
