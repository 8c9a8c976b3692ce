/* Enumerates the vocabulary of a model in the order of the ids. */
#ifndef SIM_VOCABULARY_H
#define SIM_VOCABULARY_H

#include <stddef.h>

#include "model.h"
#include "tokenizer.h"

/* Receives one entry; the same one may be passed again. */
typedef void (*VocabularySink)(void *context, const char *bytes, size_t length, TokenKind kind);

/* The tokens that begin a turn of some role, which vocabulary_collect passes on as well. */
void vocabulary_markers(const Model *model, VocabularySink sink, void *context);

void vocabulary_collect(const Model *model, VocabularySink sink, void *context);

#endif
