/*
 * Hidden states: at each position the words so far, each a direction of its own, faded by those
 * after it. Texts that share words point the same way, so that a search by similarity finds them.
 * A function of the text (and of rows that are none), of the adapter, and of nothing else.
 */
#ifndef SIM_HIDDEN_H
#define SIM_HIDDEN_H

#include <stddef.h>

#include "influence.h"
#include "position.h"
#include "tokenizer.h"

/*
 * Fills the rows of the positions from first on, width floats each. turn_start: the special token
 * before a turn; what came before it counts less.
 */
void hidden_fill(float *rows, size_t width, const Positions *positions, size_t first,
                 const Tokenizer *tokenizer, const char *turn_start, const Influence *influence);

#endif
