/* Token, embedding and multimodal input: reads what the caller points at, while the caller still waits. */
#ifndef SIM_INPUT_H
#define SIM_INPUT_H

#include <stdbool.h>

#include "model.h"
#include "settings.h"
#include "tokenizer.h"

/*
 * Turns an input's ids or rows into positions, and its images and videos into pictures. may_be_empty: the input may have none, for a run
 * that was paused. False after an error line or a report of misuse.
 */
bool input_digest(Input *input, const Model *model, Tokenizer *tokenizer, bool may_be_empty);

#endif
