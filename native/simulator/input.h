/* Reads the data of token, embedding and multimodal inputs, while the caller is still waiting. */
#ifndef SIM_INPUT_H
#define SIM_INPUT_H

#include <stdbool.h>

#include "model.h"
#include "settings.h"
#include "tokenizer.h"

/*
 * Converts an input's ids or rows to positions, and its images and videos to pictures.
 * may_be_empty: the input may be empty, because it resumes a paused run. Returns false after an
 * error line or after reporting misuse.
 */
bool input_digest(Input *input, const Model *model, Tokenizer *tokenizer, bool may_be_empty);

#endif
