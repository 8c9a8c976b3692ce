/*
 * Hidden states. The state at each position is a sum over the words so far, each of which has its
 * own direction and fades with the words after it. Texts that share words point in similar
 * directions, so a similarity search finds them. The states depend only on the text (and on rows
 * that are not text) and on the adapter.
 */
#ifndef SIM_HIDDEN_H
#define SIM_HIDDEN_H

#include <stddef.h>

#include "influence.h"
#include "position.h"
#include "tokenizer.h"

/*
 * Fills the rows of the positions from first on, with width floats each. turn_start: the special
 * token that begins a turn; what precedes it has less weight.
 */
void hidden_fill(float *rows, size_t width, const Positions *positions, size_t first,
                 const Tokenizer *tokenizer, const char *turn_start, const Influence *influence);

#endif
